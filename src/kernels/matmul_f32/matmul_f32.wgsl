// `C[rows, COLS] = A B` in tiles of 64×64: each of 256 invocations holds 4×4 running sums in registers, and 16 columns of A and rows of B
// at a time lie in workgroup memory (8 KiB), as vectors of four so that an invocation writes whole vectors.
//
// Joined with the operands, which define `rows()`, `COLS`, `depth(part)` (first and one past the last index of the sum; a sum may be
// taken in parts, one a workgroup in z), `left(row, k)`, `right(k, col)` and `store(part, row, col, sum)`.
var<workgroup> a: array<vec4f, 256>;
var<workgroup> b: array<vec4f, 256>;

fn four_left(row: u32, k: u32, last: vec2u) -> vec4f {
  var v = vec4f(0.0);
  if (k < last.y) {
    for (var i = 0u; i < 4u; i++) {
      if (row + i < last.x) {
        v[i] = left(row + i, k);
      }
    }
  }
  return v;
}

fn four_right(k: u32, col: u32, last: u32) -> vec4f {
  var v = vec4f(0.0);
  if (k < last) {
    for (var i = 0u; i < 4u; i++) {
      if (col + i < COLS) {
        v[i] = right(k, col + i);
      }
    }
  }
  return v;
}

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) me: vec3u) {
  let corner = tile.xy * 64u;
  let range = depth(tile.z);
  let last = vec2u(rows(), range.y);
  var sums = array<vec4f, 4>();
  for (var begin = range.x; begin < range.y; begin += 16u) {
    a[me.y * 16u + me.x] = four_left(corner.x + 4u * me.x, begin + me.y, last);
    b[me.y * 16u + me.x] = four_right(begin + me.y, corner.y + 4u * me.x, range.y);
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      let l = a[k * 16u + me.y];
      let r = b[k * 16u + me.x];
      sums[0] += l.x * r;
      sums[1] += l.y * r;
      sums[2] += l.z * r;
      sums[3] += l.w * r;
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    let row = corner.x + 4u * me.y + i;
    for (var j = 0u; j < 4u; j++) {
      let col = corner.y + 4u * me.x + j;
      if (row < last.x && col < COLS) {
        store(tile.z, row, col, sums[i][j]);
      }
    }
  }
}
