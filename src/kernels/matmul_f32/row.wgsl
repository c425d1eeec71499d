// `C[rows, COLS] = A B` for few rows: a workgroup for each 32 columns of a row, eight invocations a column, which each take every eighth
// product: neighbours read neighbours, and memory is asked for much at a time. Operands as for the tiles; see matmul_f32.wgsl.
var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) at: u32) {
  let col = group.x * 32u + at % 32u;
  let range = depth(0u);
  var sum = 0.0;
  if (group.y < rows() && col < COLS) {
    for (var k = range.x + at / 32u; k < range.y; k += 8u) {
      sum += left(group.y, k) * right(k, col);
    }
  }
  sums[at] = sum;
  for (var reach = 128u; reach > 16u; reach /= 2u) {
    workgroupBarrier();
    if (at < reach) {
      sums[at] += sums[at + reach];
    }
  }
  if (at < 32u && group.y < rows() && col < COLS) {
    store(0u, group.y, col, sums[at]);
  }
}
