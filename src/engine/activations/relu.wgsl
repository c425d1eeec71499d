// ReLU; see relu.rs. The output is positive where the input is.
const KEEPS_INPUT = false;

fn activation(x: f32) -> f32 {
  return select(0.0, x, x > 0.0);
}

fn slope(x: f32, y: f32) -> f32 {
  return select(0.0, 1.0, y > 0.0);
}
