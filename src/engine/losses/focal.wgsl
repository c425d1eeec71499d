// Focal loss of one sample; see focal.rs.
override GAMMA: f32;
override ALPHA: f32;

// Cost of a class of share `t` and probability `p`, and `p` times its slope.
fn cost(t: f32, p: f32, log_p: f32) -> vec2f {
  if (t == 0.0) {
    return vec2f(0.0);
  }
  if (GAMMA == 0.0) {
    return t * vec2f(-log_p, -1.0);
  }
  let q = 1.0 - p;
  if (q <= 0.0) {
    return vec2f(0.0);
  }
  let turned = pow(q, GAMMA);
  return t * vec2f(-turned * log_p, GAMMA * (turned / q) * p * log_p - turned);
}

fn loss(b: u32) -> f32 {
  let row = b * OUTPUTS;
  var top = before_y[row];
  for (var o = 1u; o < OUTPUTS; o++) {
    top = max(top, before_y[row + o]);
  }
  var sum = 0.0;
  for (var o = 0u; o < OUTPUTS; o++) {
    sum += exp(before_y[row + o] - top);
  }
  let log_sum = log(sum) + top;
  var all = vec2f(0.0);
  for (var o = 0u; o < OUTPUTS; o++) {
    let z = before_y[row + o];
    all += cost(wanted(b, o), exp(z - top) / sum, z - log_sum);
  }
  let share = ALPHA / f32(now.samples);
  for (var o = 0u; o < OUTPUTS; o++) {
    let z = before_y[row + o];
    let p = exp(z - top) / sum;
    pass_back(row + o, (cost(wanted(b, o), p, z - log_sum).y - p * all.y) * share);
  }
  return ALPHA * all.x;
}
