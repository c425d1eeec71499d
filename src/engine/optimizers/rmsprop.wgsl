// RMSprop; see rmsprop.rs. `rule`: learning rate.
override ALPHA: f32;
override FRESH: f32;
override MOMENTUM: f32;
override CENTERED: f32;
override EPSILON: f32;

fn update(i: u32, p: f32, g: f32) -> f32 {
  let s = ALPHA * memory[i] + FRESH * g * g;
  let m = memory[LENGTH + i] + FRESH * (g - memory[LENGTH + i]);
  let variance = max(s - CENTERED * m * m, 0.0);
  let v = MOMENTUM * memory[2u * LENGTH + i] + g / (sqrt(variance) + EPSILON);
  memory[i] = s;
  memory[LENGTH + i] = m;
  memory[2u * LENGTH + i] = v;
  return p - now.rule.x * v;
}
