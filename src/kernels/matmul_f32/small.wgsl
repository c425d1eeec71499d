// `C[rows, COLS] = A B` in tiles of 16×16, one sum an invocation: for matrices too small to fill a GPU with larger tiles. 64 columns of A
// and rows of B at a time lie in workgroup memory (8 KiB): few, long rounds, since a round waits for memory. Operands as for the large tile; see
// matmul_f32.wgsl. `LEFT_TALL`, `RIGHT_TALL` say along which index neighbours lie in memory: rows of A, the sum's index of B.
const ROUND = 64u;
// One more than the round, so that rows begin in different banks.
const PITCH = 65u;
var<workgroup> a: array<f32, 1040>;
var<workgroup> b: array<f32, 1024>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) me: vec3u, @builtin(local_invocation_index) at: u32) {
  let corner = tile.xy * 16u;
  let range = depth(tile.z);
  let last = rows();
  var sum = 0.0;
  for (var begin = range.x; begin < range.y; begin += ROUND) {
    for (var i = at; i < 16u * ROUND; i += 256u) {
      let p = select(vec2u(i / ROUND, i % ROUND), vec2u(i % 16u, i / 16u), LEFT_TALL);
      var l = 0.0;
      if (corner.x + p.x < last && begin + p.y < range.y) {
        l = left(corner.x + p.x, begin + p.y);
      }
      a[p.x * PITCH + p.y] = l;
      let q = select(vec2u(i / 16u, i % 16u), vec2u(i % ROUND, i / ROUND), RIGHT_TALL);
      var r = 0.0;
      if (corner.y + q.y < COLS && begin + q.x < range.y) {
        r = right(begin + q.x, corner.y + q.y);
      }
      b[q.x * 16u + q.y] = r;
    }
    workgroupBarrier();
    let count = min(ROUND, range.y - begin);
    for (var k = 0u; k < count; k += 4u) {
      sum += a[me.y * PITCH + k] * b[k * 16u + me.x];
      sum += a[me.y * PITCH + k + 1u] * b[(k + 1u) * 16u + me.x];
      sum += a[me.y * PITCH + k + 2u] * b[(k + 2u) * 16u + me.x];
      sum += a[me.y * PITCH + k + 3u] * b[(k + 3u) * 16u + me.x];
    }
    workgroupBarrier();
  }
  if (corner.x + me.y < last && corner.y + me.x < COLS) {
    store(tile.z, corner.x + me.y, corner.y + me.x, sum);
  }
}
