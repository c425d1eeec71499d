// Sums of whole numbers `C[rows, COLS] = A B` in tiles of 64×64, as matmul_f32.wgsl takes those of floats: each of 256 invocations holds 4×4
// sums in registers, and 16 words of each row of A and each column of B at a time lie in workgroup memory (8 KiB). A word is four codes.
// Joined with rows and weights; see weights.wgsl.
var<workgroup> a: array<vec4u, 256>;
var<workgroup> b: array<vec4u, 256>;

fn four_left(row: u32, word: u32, last: vec2u) -> vec4u {
  var v = vec4u(0u);
  if (word < last.y) {
    for (var i = 0u; i < 4u; i++) {
      if (row + i < last.x) {
        v[i] = left(row + i, word);
      }
    }
  }
  return v;
}

fn four_right(word: u32, col: u32, last: u32) -> vec4u {
  var v = vec4u(0u);
  if (word < last) {
    for (var i = 0u; i < 4u; i++) {
      if (col + i < COLS) {
        v[i] = right(word, col + i);
      }
    }
  }
  return v;
}

fn products(l: u32, r: vec4u) -> vec4i {
  return vec4i(dot_of_four(l, r.x), dot_of_four(l, r.y), dot_of_four(l, r.z), dot_of_four(l, r.w));
}

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) me: vec3u) {
  let corner = tile.xy * 64u;
  let last = vec2u(rows(), words());
  var sums = array<vec4i, 4>();
  for (var begin = 0u; begin < last.y; begin += 16u) {
    a[me.y * 16u + me.x] = four_left(corner.x + 4u * me.x, begin + me.y, last);
    b[me.y * 16u + me.x] = four_right(begin + me.y, corner.y + 4u * me.x, last.y);
    workgroupBarrier();
    for (var word = 0u; word < 16u; word++) {
      let l = a[word * 16u + me.y];
      let r = b[word * 16u + me.x];
      sums[0] += products(l.x, r);
      sums[1] += products(l.y, r);
      sums[2] += products(l.z, r);
      sums[3] += products(l.w, r);
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    let row = corner.x + 4u * me.y + i;
    for (var j = 0u; j < 4u; j++) {
      let col = corner.y + 4u * me.x + j;
      if (row < last.x && col < COLS) {
        store(row, col, sums[i][j]);
      }
    }
  }
}
