// Huber's loss and its slope; see huber.rs.
override DELTA: f32;

fn cost(r: f32) -> vec2f {
  if (abs(r) > DELTA) {
    return vec2f(DELTA * (abs(r) - 0.5 * DELTA), DELTA * sign(r));
  }
  return vec2f(0.5 * r * r, r);
}
