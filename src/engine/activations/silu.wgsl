// SiLU; see silu.rs.
const KEEPS_INPUT = true;

fn activation(x: f32) -> f32 {
  return x / (1.0 + exp(-x));
}

fn slope(x: f32, y: f32) -> f32 {
  let s = 1.0 / (1.0 + exp(-x));
  return s * (1.0 + x * (1.0 - s));
}
