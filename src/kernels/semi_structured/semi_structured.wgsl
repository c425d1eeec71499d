// Floats times one or two weights of every four: `y[rows, COLS] = activation(Σ x[row, 4 · group + position] · value + bias)`. A unit keeps `KEPT` weights
// in each group of four inputs: values `[groups, KEPT, COLS]` and behind them the biases; positions of two bits, a word for eight groups of a unit,
// `[groups / 8, COLS]`. Joined with rows, which define `rows()`, `terms()` and `left(row, k)`.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> positions: array<u32>;
@group(0) @binding(4) var<storage, read> order: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> kept: array<f32>;

override COLS: u32;
override KEPT: u32;

fn groups() -> u32 {
  return (terms() + 3u) / 4u;
}

// Positions of a group, two bits each.
fn places(group: u32, col: u32) -> u32 {
  return positions[group / 8u * COLS + col] >> (4u * (group % 8u));
}

fn value(group: u32, i: u32, col: u32) -> f32 {
  return weights[(group * KEPT + i) * COLS + col];
}

fn store(row: u32, col: u32, sum: f32) {
  finish(row * COLS + col, sum + weights[groups() * KEPT * COLS + col]);
}
