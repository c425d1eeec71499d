// Whole-number activations times whole-number weights: `y[rows, COLS] = activation((Σ q w − shift) · scale + bias)`, where `q` is the code
// of an input, and `shift` makes up for the code that stands for zero: that code times the sum of the unit's weights. The sums are exact.
// A word is four inputs. Joined with the rows, which define `rows()`, `words()` and `left(row, word)`.
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<u32>;
@group(0) @binding(3) var<storage, read> units: array<Unit>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> kept: array<f32>;

override COLS: u32;

fn right(word: u32, col: u32) -> u32 {
  return four_codes(word, col);
}

fn store(row: u32, col: u32, sum: i32) {
  let unit = units[col];
  finish(row * COLS + col, f32(sum - unit.shift) * unit.scale + unit.bias);
}
