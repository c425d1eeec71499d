// A convolution as the product of unfolded patches and weights `[KERNEL² · CHANNELS, COLS]`, biases behind them, from `START` on in `params`.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> params: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> kept: array<f32>;

override COLS: u32;
override START: u32;

const LEFT_TALL = false;
const RIGHT_TALL = false;

fn taps() -> u32 {
  return KERNEL * KERNEL * CHANNELS;
}

fn rows() -> u32 {
  return now.samples * OUT_HEIGHT * OUT_WIDTH;
}

fn depth(part: u32) -> vec2u {
  return vec2u(0u, taps());
}

fn left(row: u32, k: u32) -> f32 {
  return unfolded(row, k);
}

fn right(k: u32, col: u32) -> f32 {
  return params[START + k * COLS + col];
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  finish(row * COLS + col, sum + params[START + taps() * COLS + col]);
}
