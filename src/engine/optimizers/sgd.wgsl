// Gradient descent; see sgd.rs. `rule`: learning rate, nothing, what decay leaves of a parameter.
fn update(i: u32, p: f32, g: f32) -> f32 {
  return now.rule.z * p - now.rule.x * g;
}
