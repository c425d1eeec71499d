// Logistic sigmoid; see sigmoid.rs.
const KEEPS_INPUT = false;

fn activation(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-x));
}

fn slope(x: f32, y: f32) -> f32 {
  return y * (1.0 - y);
}
