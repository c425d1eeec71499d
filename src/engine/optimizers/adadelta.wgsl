// Adadelta; see adadelta.rs. `rule`: learning rate.
override RHO: f32;
override FRESH: f32;
override EPSILON: f32;

fn update(i: u32, p: f32, g: f32) -> f32 {
  let s = RHO * memory[i] + FRESH * g * g;
  let a = memory[LENGTH + i];
  let delta = sqrt(a + EPSILON) / sqrt(s + EPSILON) * g;
  memory[i] = s;
  memory[LENGTH + i] = RHO * a + FRESH * delta * delta;
  return p - now.rule.x * delta;
}
