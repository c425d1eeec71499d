// Leaky ReLU; see leaky_relu.rs. The output is positive where the input is.
override LEAK: f32;

const KEEPS_INPUT = false;

fn activation(x: f32) -> f32 {
  return select(LEAK * x, x, x > 0.0);
}

fn slope(x: f32, y: f32) -> f32 {
  return select(LEAK, 1.0, y > 0.0);
}
