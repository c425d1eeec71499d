// Weights of binary16, two a word, the first in its lower half, on any GPU.
@group(0) @binding(2) var<storage, read> weights: array<u32>;

fn weight(at: u32) -> f32 {
  let pair = unpack2x16float(weights[at / 2u]);
  return select(pair.x, pair.y, at % 2u == 1u);
}
