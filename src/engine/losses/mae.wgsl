// The absolute value and its slope; see mae.rs.
fn cost(r: f32) -> vec2f {
  return vec2f(abs(r), sign(r));
}
