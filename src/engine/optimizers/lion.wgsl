// Lion; see lion.rs. `rule`: learning rate, nothing, what decay leaves of a parameter.
override BETA1: f32;
override FRESH1: f32;
override BETA2: f32;
override FRESH2: f32;

fn update(i: u32, p: f32, g: f32) -> f32 {
  let m = memory[i];
  memory[i] = BETA2 * m + FRESH2 * g;
  return now.rule.z * p - now.rule.x * sign(BETA1 * m + FRESH1 * g);
}
