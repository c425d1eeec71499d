// The product in tiles of 16×16, one sum an invocation. 64 columns of the left matrix lie in workgroup memory, and values and positions of 16 groups:
// each invocation picks from its row what its column's positions say, so only kept weights are loaded and multiplied.
const GROUPS = 16u;
// One more than the columns, so that rows begin in different banks.
const PITCH = 65u;
var<workgroup> a: array<f32, 1040>;
var<workgroup> values: array<f32, 512>;
var<workgroup> at_group: array<u32, 256>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) me: vec3u, @builtin(local_invocation_index) at: u32) {
  let corner = tile.xy * 16u;
  let last = rows();
  var sum = 0.0;
  for (var begin = 0u; begin < groups(); begin += GROUPS) {
    for (var i = at; i < 1024u; i += 256u) {
      let p = vec2u(i / 64u, i % 64u);
      var l = 0.0;
      if (corner.x + p.x < last && 4u * begin + p.y < terms()) {
        l = left(corner.x + p.x, 4u * begin + p.y);
      }
      a[p.x * PITCH + p.y] = l;
    }
    // Its own group, and the column that it loads.
    let there = begin + me.y < groups() && corner.y + me.x < COLS;
    at_group[at] = 0u;
    if (there) {
      at_group[at] = places(begin + me.y, corner.y + me.x);
    }
    for (var i = 0u; i < KEPT; i++) {
      values[i * 256u + at] = 0.0;
      if (there) {
        values[i * 256u + at] = value(begin + me.y, i, corner.y + me.x);
      }
    }
    workgroupBarrier();
    for (var group = 0u; group < GROUPS; group++) {
      let column = group * 16u + me.x;
      let row = me.y * PITCH + 4u * group;
      for (var i = 0u; i < KEPT; i++) {
        sum += a[row + ((at_group[column] >> (2u * i)) & 3u)] * values[i * 256u + column];
      }
    }
    workgroupBarrier();
  }
  if (corner.x + me.y < last && corner.y + me.x < COLS) {
    store(corner.x + me.y, corner.y + me.x, sum);
  }
}
