// Momentum; see momentum.rs. `rule`: learning rate, the share of a gradient that goes into the velocity, and what decay leaves of a
// parameter.
override MOMENTUM: f32;

fn update(i: u32, p: f32, g: f32) -> f32 {
  let v = MOMENTUM * memory[i] + now.rule.y * g;
  memory[i] = v;
  return now.rule.z * p - now.rule.x * v;
}
