// The way back through batch normalization: `dx = γ / σ (dy − mean(dy) − x̂ mean(dy x̂))`, the means from the parts of `norm_sums.wgsl`. Running statistics do not
// move with what comes in. What came in is the output of the stage before. Joined with `norm_parts.wgsl` and `normal_of_channel.wgsl`.
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> moments: array<f32>;
@group(0) @binding(3) var<storage, read> partials: array<f32>;
@group(0) @binding(4) var<storage, read> before_y: array<f32>;
@group(0) @binding(5) var<storage, read> before_kept: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;

override FROM: u32;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) at: u32) {
  let first = 4u * group.x;
  let channels = min(4u, CHANNELS - first);
  var sum = vec4f(0.0);
  var product = vec4f(0.0);
  if (at < PARTS) {
    for (var k = 0u; k < channels; k++) {
      let place = FROM + 2u * at * CHANNELS + first + k;
      product[k] = partials[place];
      sum[k] = partials[place + CHANNELS];
    }
  }
  let share = select(1.0 / f32(rows()), 0.0, rows() == 1u);
  var products = added_up(at, product) * share;
  workgroupBarrier();
  var sums = added_up(at, sum) * share;
  let own = stretch(group.y);
  for (var row = own.x + at; row < own.y; row += LANES) {
    for (var k = 0u; k < channels; k++) {
      let i = row * CHANNELS + first + k;
      let by = moments[2u * CHANNELS + first + k];
      pass_back(i, by * (dy[i] - sums[k] - normalized(row, first + k, before_y[i]) * products[k]));
    }
  }
}
