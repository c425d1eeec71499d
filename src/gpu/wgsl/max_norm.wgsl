// Scales the weights into each unit down to `now.penalty.z` where, taken as a vector, they are longer. A workgroup a unit, since a unit
// has from one to thousands of weights: each invocation adds up every 64th.
@group(0) @binding(1) var<storage, read_write> params: array<f32>;

// Weights `[ROWS, UNITS]` from `START` on.
override START: u32;
override ROWS: u32;
override UNITS: u32;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let unit = group.x;
  var sum = 0.0;
  for (var row = lane; row < ROWS; row += 64u) {
    let w = params[START + row * UNITS + unit];
    sum += w * w;
  }
  sums[lane] = sum;
  for (var reach = 32u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (lane < reach) {
      sums[lane] += sums[lane + reach];
    }
  }
  workgroupBarrier();
  let norm = sqrt(sums[0]);
  let most = now.penalty.z;
  if (most > 0.0 && norm > most) {
    for (var row = lane; row < ROWS; row += 64u) {
      params[START + row * UNITS + unit] *= most / norm;
    }
  }
}
