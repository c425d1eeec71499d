// A product for every pair of positions of a head, `COLS` is `POSITIONS`: of what lies in `x`, `WIDTH` values a position, and the keys (`WHICH` 1) or values (2).
// Those of queries and keys are scores; those of the gradient by what a head put out and values are the gradient by what a pair counts.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> projected: array<f32>;
@group(0) @binding(3) var<storage, read_write> pairs: array<f32>;

override COLS: u32;
override WIDTH: u32;
override WHICH: u32;

const LEFT_TALL = false;
const RIGHT_TALL = true;

fn rows() -> u32 {
  return POSITIONS;
}

fn depth(part: u32) -> vec2u {
  return take(part, CHANNELS / HEADS);
}

fn left(row: u32, k: u32) -> f32 {
  return x[place(row, k, WIDTH)];
}

fn right(k: u32, col: u32) -> f32 {
  return projected[place(col, k, 3u * CHANNELS) + WHICH * CHANNELS];
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  pairs[pair(row, col)] = sum;
}
