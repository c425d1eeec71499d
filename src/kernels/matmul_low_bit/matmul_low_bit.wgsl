// Floats times whole-number weights: `y[rows, COLS] = activation(Σ x w · scale + bias)`, the codes unpacked where they are multiplied.
// Joined with the rows, which define `rows()`, `terms()` and `left(row, k)`, and with a tile of matmul_f32.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<u32>;
@group(0) @binding(3) var<storage, read> units: array<Unit>;
@group(0) @binding(4) var<storage, read> order: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> kept: array<f32>;

override COLS: u32;

const LEFT_TALL = false;
const RIGHT_TALL = true;

fn depth(part: u32) -> vec2u {
  return vec2u(0u, terms());
}

fn right(k: u32, col: u32) -> f32 {
  let code = extractBits(bitcast<i32>(field(k / 4u, col)), 8u * (k % 4u), BITS);
  return f32(select(code, -1 - 2 * code, BITS == 1u));
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  finish(row * COLS + col, sum * units[col].scale + units[col].bias);
}
