// The product for few rows: a workgroup for each 32 columns of a row, eight invocations a column, which each take every eighth group.
var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) at: u32) {
  let col = tile.x * 32u + at % 32u;
  var sum = 0.0;
  if (tile.y < rows() && col < COLS) {
    for (var group = at / 32u; group < groups(); group += 8u) {
      let where_kept = places(group, col);
      for (var i = 0u; i < KEPT; i++) {
        sum += left(tile.y, 4u * group + ((where_kept >> (2u * i)) & 3u)) * value(group, i, col);
      }
    }
  }
  sums[at] = sum;
  for (var reach = 128u; reach > 16u; reach /= 2u) {
    workgroupBarrier();
    if (at < reach) {
      sums[at] += sums[at + reach];
    }
  }
  if (at < 32u && tile.y < rows() && col < COLS) {
    store(tile.y, col, sums[at]);
  }
}
