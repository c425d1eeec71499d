// Adagrad; see adagrad.rs. `rule`: learning rate after its decay, and what the sum of squares starts from (in the first step, else 0).
override EPSILON: f32;

fn update(i: u32, p: f32, g: f32) -> f32 {
  let s = (memory[i] + now.rule.y) + g * g;
  memory[i] = s;
  return p - now.rule.x * (g / (sqrt(s) + EPSILON));
}
