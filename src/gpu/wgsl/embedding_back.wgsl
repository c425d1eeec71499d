// Gradient by an embedding's table `[TOKENS, COLS]`: a row of it is the sum of the gradients at all places where its token stands. That is a product with ones and zeros, of
// which tiles are made as of any other, so that the order of a sum is fixed. Taken in `PARTS`, each a span of its own from `FROM` on in `partials`.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> partials: array<f32>;

override COLS: u32;
override FROM: u32;
override PARTS: u32;

const LEFT_TALL = true;
const RIGHT_TALL = false;

fn rows() -> u32 {
  return TOKENS;
}

fn depth(part: u32) -> vec2u {
  let count = now.samples * STEPS;
  let share = (count + PARTS - 1u) / PARTS;
  return min(vec2u(part, part + 1u) * share, vec2u(count));
}

fn left(row: u32, k: u32) -> f32 {
  return select(0.0, 1.0, token(k) == row);
}

fn right(k: u32, col: u32) -> f32 {
  return dy[k * SIZE + col];
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  partials[FROM + (part * TOKENS + row) * COLS + col] = sum;
}
