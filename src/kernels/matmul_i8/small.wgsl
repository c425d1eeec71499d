// Sums of whole numbers `C[rows, COLS] = A B` in tiles of 16×16, one sum an invocation: for matrices too small to fill a GPU with larger tiles.
// 64 words of each row of A and each column of B at a time lie in workgroup memory (8 KiB). A word is four codes. Joined as the large tile is.
const ROUND = 64u;
// One more than the round, so that rows begin in different banks.
const PITCH = 65u;
var<workgroup> a: array<u32, 1040>;
var<workgroup> b: array<u32, 1040>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) me: vec3u, @builtin(local_invocation_index) at: u32) {
  let corner = tile.xy * 16u;
  let last = vec2u(rows(), words());
  var sum = 0;
  for (var begin = 0u; begin < last.y; begin += ROUND) {
    for (var i = at; i < 16u * ROUND; i += 256u) {
      let p = vec2u(i / ROUND, i % ROUND);
      var l = 0u;
      var r = 0u;
      if (begin + p.y < last.y) {
        if (corner.x + p.x < last.x) {
          l = left(corner.x + p.x, begin + p.y);
        }
        if (corner.y + p.x < COLS) {
          r = right(begin + p.y, corner.y + p.x);
        }
      }
      a[p.x * PITCH + p.y] = l;
      b[p.x * PITCH + p.y] = r;
    }
    workgroupBarrier();
    let count = min(ROUND, last.y - begin);
    for (var word = 0u; word < count; word++) {
      sum += dot_of_four(a[me.y * PITCH + word], b[me.x * PITCH + word]);
    }
    workgroupBarrier();
  }
  if (corner.x + me.y < last.x && corner.y + me.x < COLS) {
    store(corner.x + me.y, corner.y + me.x, sum);
  }
}
