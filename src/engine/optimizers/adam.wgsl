// Adam, and AdamW; see adam.rs. `rule`: rate with the first moment's correction, the second moment's correction, and what weight decay
// leaves of a parameter.
override BETA1: f32;
override FRESH1: f32;
override BETA2: f32;
override FRESH2: f32;
override EPSILON: f32;

fn update(i: u32, p: f32, g: f32) -> f32 {
  let m = BETA1 * memory[i] + FRESH1 * g;
  let v = BETA2 * memory[LENGTH + i] + FRESH2 * g * g;
  memory[i] = m;
  memory[LENGTH + i] = v;
  return now.rule.z * p - now.rule.x * m / (sqrt(v) * now.rule.y + EPSILON);
}
