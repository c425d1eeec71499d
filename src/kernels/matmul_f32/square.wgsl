// A plain product of square matrices, `COLS` rows each: the bench's.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override COLS: u32;

fn rows() -> u32 {
  return COLS;
}

fn depth(part: u32) -> vec2u {
  return vec2u(0u, COLS);
}

fn left(row: u32, k: u32) -> f32 {
  return x[row * COLS + k];
}

fn right(k: u32, col: u32) -> f32 {
  return weights[k * COLS + col];
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  y[row * COLS + col] = sum;
}
