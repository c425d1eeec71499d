// A convolution's gradient by its parameters: `[patches | 1]ᵀ dy`, `[KERNEL² · CHANNELS + 1, COLS]`; the last row gives the biases'. The sum over all
// outputs is taken in `PARTS`, each a span of its own from `FROM` on in `partials`.
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
  return KERNEL * KERNEL * CHANNELS + 1u;
}

fn depth(part: u32) -> vec2u {
  let outputs = now.samples * OUT_HEIGHT * OUT_WIDTH;
  let share = (outputs + PARTS - 1u) / PARTS;
  return min(vec2u(part, part + 1u) * share, vec2u(outputs));
}

fn left(row: u32, k: u32) -> f32 {
  if (row == rows() - 1u) {
    return 1.0;
  }
  return unfolded(k, row);
}

fn right(k: u32, col: u32) -> f32 {
  return dy[k * COLS + col];
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  partials[FROM + (part * rows() + row) * COLS + col] = sum;
}
