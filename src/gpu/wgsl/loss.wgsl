// A loss over the mini-batch, its gradient, and the score, in one workgroup: invocation `at` takes samples at, at + 256, … and the
// sums are added up (`added_up.wgsl`). Joined with a loss, which defines `loss(b)`: the loss of sample `b`, its gradient passed back.
@group(0) @binding(1) var<storage, read> before_y: array<f32>;
@group(0) @binding(2) var<storage, read> before_kept: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
// Classes as numbers `[samples]`, or values `[samples, OUTPUTS]`.
@group(0) @binding(4) var<storage, read> targets: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
// A step: mean loss; hits, or the sum of squared errors; the sum of absolute errors.
@group(0) @binding(6) var<storage, read_write> results: array<vec4f>;

override OUTPUTS: u32;
override CLASSES: bool;

const LANES = 256u;
alias Part = vec4f;

// What output `o` of sample `b` should have been; a class is a one-hot row.
fn wanted(b: u32, o: u32) -> f32 {
  if (CLASSES) {
    return select(0.0, 1.0, u32(targets[source(b)]) == o);
  }
  return targets[source(b) * OUTPUTS + o];
}

// Whether sample `b` is classified rightly, or its squared and absolute errors.
fn score(b: u32) -> vec2f {
  let row = b * OUTPUTS;
  if (CLASSES) {
    var best = 0u;
    for (var o = 1u; o < OUTPUTS; o++) {
      if (before_y[row + o] > before_y[row + best]) {
        best = o;
      }
    }
    return vec2f(wanted(b, best), 0.0);
  }
  var errors = vec2f(0.0);
  for (var o = 0u; o < OUTPUTS; o++) {
    let r = before_y[row + o] - wanted(b, o);
    errors += vec2f(r * r, abs(r));
  }
  return errors;
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) at: u32) {
  var sum = vec4f(0.0);
  for (var b = at; b < now.samples; b += LANES) {
    sum += vec4f(loss(b), score(b), 0.0);
  }
  let all = added_up(at, sum);
  if (at == 0u) {
    results[now.index] = all / vec4f(f32(now.samples), 1.0, 1.0, 1.0);
  }
}
