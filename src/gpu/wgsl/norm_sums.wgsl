// Gradients by γ and β of a normalization: down a part of the rows, the sums of `dy` times what was normalized, and of `dy`; behind each other from `FROM` on in
// `partials`, part after part. Joined with `norm_parts.wgsl`, and with a file that defines `normalized(row, channel, value)`.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> moments: array<f32>;
@group(0) @binding(4) var<storage, read> order: array<u32>;
@group(0) @binding(5) var<storage, read_write> partials: array<f32>;

override FROM: u32;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) at: u32) {
  let first = 4u * group.x;
  let channels = min(4u, CHANNELS - first);
  let own = stretch(group.y);
  var sum = vec4f(0.0);
  var product = vec4f(0.0);
  for (var row = own.x + at; row < own.y; row += LANES) {
    let start = begin(row) + first;
    for (var k = 0u; k < channels; k++) {
      let d = dy[row * CHANNELS + first + k];
      sum[k] += d;
      product[k] += d * normalized(row, first + k, x[start + k]);
    }
  }
  var products = added_up(at, product);
  workgroupBarrier();
  var sums = added_up(at, sum);
  if (at < channels) {
    let place = FROM + 2u * group.y * CHANNELS + first + at;
    partials[place] = products[at];
    partials[place + CHANNELS] = sums[at];
  }
}
