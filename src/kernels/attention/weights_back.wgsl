// Gradients by the four matrices and their biases, `[x | 1]ᵀ dy` each, `[CHANNELS + 1, COLS]`: those of queries, keys and values from what came in, the last from what the
// heads put out. The four are workgroups in z, and so are the `PARTS` in which the sum over all positions may be taken, each a span of its own from `FROM` on in `partials`.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> seen: array<f32>;
@group(0) @binding(4) var<storage, read> dprojected: array<f32>;
@group(0) @binding(5) var<storage, read> dy: array<f32>;
@group(0) @binding(6) var<storage, read_write> partials: array<f32>;

override COLS: u32;
override FROM: u32;
override PARTS: u32;

const LEFT_TALL = true;
const RIGHT_TALL = false;

var<private> which: u32;

fn rows() -> u32 {
  return CHANNELS + 1u;
}

fn depth(part: u32) -> vec2u {
  which = part % 4u;
  let count = now.samples * POSITIONS;
  let share = (count + PARTS - 1u) / PARTS;
  return min(vec2u(part / 4u, part / 4u + 1u) * share, vec2u(count));
}

fn left(row: u32, k: u32) -> f32 {
  if (row == CHANNELS) {
    return 1.0;
  }
  if (which == 3u) {
    return seen[k * CHANNELS + row];
  }
  return x[(source(k / POSITIONS) * POSITIONS + k % POSITIONS) * CHANNELS + row];
}

fn right(k: u32, col: u32) -> f32 {
  if (which == 3u) {
    return dy[k * CHANNELS + col];
  }
  return dprojected[(3u * k + which) * CHANNELS + col];
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  let weights = 4u * CHANNELS * CHANNELS;
  let begin = FROM + part / 4u * (weights + 4u * CHANNELS);
  let weight = (which * CHANNELS + row) * CHANNELS;
  partials[begin + select(weight, weights + which * CHANNELS, row == CHANNELS) + col] = sum;
}
