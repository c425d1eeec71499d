// Weights of binary16 where the GPU has them.
@group(0) @binding(2) var<storage, read> weights: array<f16>;

fn weight(at: u32) -> f32 {
  return f32(weights[at]);
}
