// Smooth L1 and its slope; see smooth_l1.rs.
override BETA: f32;

fn cost(r: f32) -> vec2f {
  if (abs(r) >= BETA) {
    return vec2f(abs(r) - 0.5 * BETA, sign(r));
  }
  return vec2f(0.5 * r * r / BETA, r / BETA);
}
