// All positions of all samples times some of the four matrices, the first of them `FIRST`, and their biases: `COLS` is how many times `CHANNELS`. Matrices
// `[CHANNELS, CHANNELS]` lie one below the other from `START` on in `params`, and the biases behind them all.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> params: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> kept: array<f32>;

override COLS: u32;
override FIRST: u32;
override START: u32;

const LEFT_TALL = false;
const RIGHT_TALL = false;

fn rows() -> u32 {
  return now.samples * POSITIONS;
}

fn depth(part: u32) -> vec2u {
  return vec2u(0u, CHANNELS);
}

fn left(row: u32, k: u32) -> f32 {
  return x[(source(row / POSITIONS) * POSITIONS + row % POSITIONS) * CHANNELS + k];
}

fn right(k: u32, col: u32) -> f32 {
  return params[START + ((FIRST + col / CHANNELS) * CHANNELS + k) * CHANNELS + col % CHANNELS];
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  finish(row * COLS + col, sum + params[START + (4u * CHANNELS + FIRST) * CHANNELS + col]);
}
