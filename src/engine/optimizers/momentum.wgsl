// Momentum; see momentum.rs. `rule`: learning rate, and the share of a gradient that goes into the velocity.
override MOMENTUM: f32;

fn update(i: u32, p: f32, g: f32) -> f32 {
  let v = MOMENTUM * memory[i] + now.rule.y * g;
  memory[i] = v;
  return p - now.rule.x * v;
}
