// Layer normalization: each row to mean 0 and variance 1, `y = activation(γ (x − μ) / σ + β)`. Grids count as those of `flat.wgsl`. Joined with `norm_rows.wgsl`
// and `across.wgsl`.
@group(0) @binding(1) var<storage, read> x: array<f32>;
// From `START` on: γ, then β.
@group(0) @binding(2) var<storage, read> params: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> kept: array<f32>;
// For the way back, where there is one (`TRAIN`): the mean of each row, and one over its standard deviation.
@group(0) @binding(6) var<storage, read_write> moments: array<f32>;

override START: u32;
override EPSILON: f32;
override TRAIN: bool;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) at: u32) {
  let row = (group.y * groups.x + group.x) * (LANES / WIDE) + at / WIDE;
  // Invocations without a row go along, to the barriers.
  let end = select(0u, CHANNELS, row < rows());
  let start = begin(min(row, rows() - 1u));
  var sum = 0.0;
  for (var c = at % WIDE; c < end; c += WIDE) {
    sum += x[start + c];
  }
  let mean = across(at, sum) / f32(CHANNELS);
  sum = 0.0;
  for (var c = at % WIDE; c < end; c += WIDE) {
    let off = x[start + c] - mean;
    sum += off * off;
  }
  let inverse = 1.0 / sqrt(across(at, sum) / f32(CHANNELS) + EPSILON);
  for (var c = at % WIDE; c < end; c += WIDE) {
    finish(row * CHANNELS + c, (x[start + c] - mean) * inverse * params[START + c] + params[START + CHANNELS + c]);
  }
  if (TRAIN && end > 0u && at % WIDE == 0u) {
    moments[2u * row] = mean;
    moments[2u * row + 1u] = inverse;
  }
}
