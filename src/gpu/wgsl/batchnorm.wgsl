// Batch normalization, then: puts the parts' moments together (Chan, Golub & LeVeque 1983), and `y = activation(γ (x − μ) / σ + β)`. A mini-batch of one row
// is normalized by the running statistics and moves none. Joined with `norm_parts.wgsl`.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
// From `START` on: γ, β, running means, running variances.
@group(0) @binding(3) var<storage, read_write> params: array<f32>;
// Of all rows, for the way back: mean, one over the standard deviation, and that times γ. Then the parts'.
@group(0) @binding(4) var<storage, read_write> moments: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> kept: array<f32>;

override START: u32;
override MOMENTUM: f32;
override EPSILON: f32;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) at: u32) {
  let first = 4u * group.x;
  let channels = min(4u, CHANNELS - first);
  let count = f32(rows());
  var in_part = 0.0;
  var means = vec4f(0.0);
  var squares = vec4f(0.0);
  if (at < PARTS) {
    let part = stretch(at);
    in_part = f32(part.y - part.x);
    for (var k = 0u; k < channels; k++) {
      let place = (3u + 2u * at) * CHANNELS + first + k;
      means[k] = moments[place];
      squares[k] = moments[place + CHANNELS];
    }
  }
  var mean = added_up(at, in_part * means) / count;
  workgroupBarrier();
  let off = means - mean;
  var variance = added_up(at, squares + in_part * off * off) / count;
  let alone = rows() == 1u;
  var by = vec4f(0.0);
  var shift = vec4f(0.0);
  for (var k = 0u; k < channels; k++) {
    let place = START + first + k;
    if (alone) {
      mean[k] = params[place + 2u * CHANNELS];
      variance[k] = params[place + 3u * CHANNELS];
    }
    by[k] = params[place];
    shift[k] = params[place + CHANNELS];
  }
  let inverse = 1.0 / sqrt(variance + EPSILON);
  by *= inverse;
  if (group.y == 0u && at == 0u) {
    for (var k = 0u; k < channels; k++) {
      let channel = first + k;
      moments[channel] = mean[k];
      moments[CHANNELS + channel] = inverse[k];
      moments[2u * CHANNELS + channel] = by[k];
      if (!alone) {
        // The running variance is that of the population, of which the mini-batch is a sample.
        let place = START + 2u * CHANNELS + channel;
        params[place] += MOMENTUM * (mean[k] - params[place]);
        params[place + CHANNELS] += MOMENTUM * (variance[k] * (count / (count - 1.0)) - params[place + CHANNELS]);
      }
    }
  }
  let own = stretch(group.y);
  for (var row = own.x + at; row < own.y; row += LANES) {
    let start = begin(row) + first;
    for (var k = 0u; k < channels; k++) {
      finish(row * CHANNELS + first + k, (x[start + k] - mean[k]) * by[k] + shift[k]);
    }
  }
}
