// The way back through the shares, in place: `dpairs` goes in as the gradient by shares and comes out as that by products of queries and keys. A workgroup for each
// position of each head, as in `softmax.wgsl`. What was hidden has no share, so no gradient.
@group(0) @binding(1) var<storage, read> pairs: array<f32>;
@group(0) @binding(2) var<storage, read_write> dpairs: array<f32>;

override SCALE: f32;

const LANES = 64u;
alias Part = f32;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= now.samples * HEADS * POSITIONS) {
    return;
  }
  let start = row * POSITIONS;
  var sum = 0.0;
  for (var j = lane; j < POSITIONS; j += LANES) {
    sum += dpairs[start + j] * pairs[start + j];
  }
  let mean = added_up(lane, sum);
  for (var j = lane; j < POSITIONS; j += LANES) {
    dpairs[start + j] = pairs[start + j] * (dpairs[start + j] - mean) * SCALE;
  }
}
