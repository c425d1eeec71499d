// Floats times floats of 16 bits: `y[rows, COLS] = activation(Σ x w + bias)`, weights widened where they are multiplied; sums have 32 bits. A unit has
// `UNIT_PITCH` weights side by side, an even number: behind an odd number of inputs lies a zero.
// Joined with a file that defines `weight(at)`, with the rows, which define `rows()`, `terms()` and `left(row, k)`, and with a tile of matmul_f32.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> biases: array<f32>;
@group(0) @binding(4) var<storage, read> order: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> kept: array<f32>;

override COLS: u32;
override UNIT_PITCH: u32;

const LEFT_TALL = false;
const RIGHT_TALL = true;

fn depth(part: u32) -> vec2u {
  return vec2u(0u, terms());
}

fn right(k: u32, col: u32) -> f32 {
  return weight(col * UNIT_PITCH + k);
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  finish(row * COLS + col, sum + biases[col]);
}
