// The way back through some of the four matrices, to what came into them: `dx[B · POSITIONS, COLS]` from `dy[B · POSITIONS, OUTPUTS]`, where `COLS` is `CHANNELS`
// and `OUTPUTS` is how many times that; see `project.wgsl`.
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> params: array<f32>;
@group(0) @binding(3) var<storage, read> before_y: array<f32>;
@group(0) @binding(4) var<storage, read> before_kept: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

override COLS: u32;
override OUTPUTS: u32;
override FIRST: u32;
override START: u32;

const LEFT_TALL = false;
const RIGHT_TALL = true;

fn rows() -> u32 {
  return now.samples * POSITIONS;
}

fn depth(part: u32) -> vec2u {
  return vec2u(0u, OUTPUTS);
}

fn left(row: u32, k: u32) -> f32 {
  return dy[row * OUTPUTS + k];
}

fn right(k: u32, col: u32) -> f32 {
  return params[START + ((FIRST + k / CHANNELS) * CHANNELS + col) * CHANNELS + k % CHANNELS];
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  pass_back(row * COLS + col, sum);
}
