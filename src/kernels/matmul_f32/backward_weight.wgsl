// A dense layer's gradient by its parameters: `[x | 1]ᵀ dy`, `[INPUTS + 1, COLS]`: the last row, of ones, gives the biases', which lie behind the
// weights. The sum over samples may be taken in `PARTS`, each a span of its own from `FROM` on in `partials`.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> partials: array<f32>;

override INPUTS: u32;
override COLS: u32;
override FROM: u32;
override PARTS: u32;

const LEFT_TALL = true;
const RIGHT_TALL = false;

fn rows() -> u32 {
  return INPUTS + 1u;
}

fn depth(part: u32) -> vec2u {
  let share = (now.samples + PARTS - 1u) / PARTS;
  return min(vec2u(part, part + 1u) * share, vec2u(now.samples));
}

fn left(row: u32, k: u32) -> f32 {
  if (row == INPUTS) {
    return 1.0;
  }
  return x[source(k) * INPUTS + row];
}

fn right(k: u32, col: u32) -> f32 {
  return dy[k * COLS + col];
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  partials[FROM + (part * rows() + row) * COLS + col] = sum;
}
