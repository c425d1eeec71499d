// Nesterov's momentum; see nesterov.rs. `rule`: learning rate, nothing, what decay leaves of a parameter.
override MOMENTUM: f32;

fn update(i: u32, p: f32, g: f32) -> f32 {
  let v = MOMENTUM * memory[i] + g;
  memory[i] = v;
  return now.rule.z * p - now.rule.x * (g + MOMENTUM * v);
}
