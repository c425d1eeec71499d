// Weights of bfloat16, two a word, the first in its lower half: the upper halves of 32-bit floats.
@group(0) @binding(2) var<storage, read> weights: array<u32>;

fn weight(at: u32) -> f32 {
  return bitcast<f32>((weights[at / 2u] >> (16u * (at % 2u))) << 16u);
}
