// AMSGrad; see amsgrad.rs. `rule`: rate with the first moment's correction, and the second moment's correction.
override BETA1: f32;
override FRESH1: f32;
override BETA2: f32;
override FRESH2: f32;
override EPSILON: f32;

fn update(i: u32, p: f32, g: f32) -> f32 {
  let m = BETA1 * memory[i] + FRESH1 * g;
  let v = BETA2 * memory[LENGTH + i] + FRESH2 * g * g;
  let most = max(v, memory[2u * LENGTH + i]);
  memory[i] = m;
  memory[LENGTH + i] = v;
  memory[2u * LENGTH + i] = most;
  return p - now.rule.x * m / (sqrt(most) * now.rule.y + EPSILON);
}
