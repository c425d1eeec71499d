// The probability that a standard normal number is below `x`, and its density; the same polynomial as in math.rs.
fn normal(x: f32) -> vec2f {
  let bell = exp(-0.5 * x * x);
  let t = 1.0 / (1.0 + 0.3 * abs(x));
  var p = 0.033458233;
  p = p * t - 0.14658293;
  p = p * t + 0.18546706;
  p = p * t - 0.03199937;
  p = p * t + 0.11586857;
  p = p * t + 0.10403751;
  p = p * t + 0.12007962;
  p = p * t + 0.11967131;
  let tail = bell * t * p;
  return vec2f(select(tail, 1.0 - tail, x > 0.0), bell * 0.3989423);
}
