// A factor and a summand for each channel, `y = activation(x · factor + summand)`. With `RUNNING` the normalization by running statistics that batch
// normalization does outside training: γ, β, means and variances lie behind each other.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> params: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> kept: array<f32>;

override START: u32;
override EPSILON: f32;
override RUNNING: bool;

fn each(i: u32) {
  let row = i / CHANNELS;
  if (row >= rows()) {
    return;
  }
  let c = i % CHANNELS;
  var value = x[begin(row) + c];
  var by = params[START + c];
  if (RUNNING) {
    value -= params[START + 2u * CHANNELS + c];
    by /= sqrt(params[START + 3u * CHANNELS + c] + EPSILON);
  }
  finish(i, value * by + params[START + CHANNELS + c]);
}
