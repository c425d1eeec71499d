// Gradient descent; see sgd.rs. `rule`: learning rate.
fn update(i: u32, p: f32, g: f32) -> f32 {
  return p - now.rule.x * g;
}
