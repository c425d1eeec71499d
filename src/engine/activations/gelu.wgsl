// GELU; see gelu.rs.
const KEEPS_INPUT = true;

fn activation(x: f32) -> f32 {
  return x * normal(x).x;
}

fn slope(x: f32, y: f32) -> f32 {
  let n = normal(x);
  return n.x + x * n.y;
}
