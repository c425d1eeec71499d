// Scales the weights into each unit down to `now.penalty.z` where, taken as a vector, they are longer. A workgroup a unit, since a unit
// has from one to thousands of weights: each invocation takes every 64th. Joined with `added_up.wgsl`.
@group(0) @binding(1) var<storage, read_write> params: array<f32>;

// Weights `[ROWS, UNITS]` from `START` on.
override START: u32;
override ROWS: u32;
override UNITS: u32;

const LANES = 64u;
alias Part = f32;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let unit = group.x;
  var sum = 0.0;
  for (var row = lane; row < ROWS; row += LANES) {
    let w = params[START + row * UNITS + unit];
    sum += w * w;
  }
  let norm = sqrt(added_up(lane, sum));
  let most = now.penalty.z;
  if (most > 0.0 && norm > most) {
    for (var row = lane; row < ROWS; row += LANES) {
      params[START + row * UNITS + unit] *= most / norm;
    }
  }
}
