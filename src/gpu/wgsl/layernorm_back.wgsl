// The way back through layer normalization: `dx = (γ dy − mean(γ dy) − x̂ mean(γ dy x̂)) / σ`, the means along each row. What came in is the output of the stage
// before. Joined with `norm_rows.wgsl`, `across.wgsl` and `normal_of_row.wgsl`.
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> params: array<f32>;
@group(0) @binding(3) var<storage, read> moments: array<f32>;
@group(0) @binding(4) var<storage, read> before_y: array<f32>;
@group(0) @binding(5) var<storage, read> before_kept: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;

override START: u32;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) at: u32) {
  let row = (group.y * groups.x + group.x) * (LANES / WIDE) + at / WIDE;
  let end = select(0u, CHANNELS, row < rows());
  var sum = 0.0;
  var product = 0.0;
  for (var c = at % WIDE; c < end; c += WIDE) {
    let i = row * CHANNELS + c;
    let by = dy[i] * params[START + c];
    sum += by;
    product += by * normalized(row, c, before_y[i]);
  }
  let sums = across(at, sum) / f32(CHANNELS);
  let products = across(at, product) / f32(CHANNELS);
  for (var c = at % WIDE; c < end; c += WIDE) {
    let i = row * CHANNELS + c;
    pass_back(i, moments[2u * row + 1u] * (dy[i] * params[START + c] - sums - normalized(row, c, before_y[i]) * products));
  }
}
