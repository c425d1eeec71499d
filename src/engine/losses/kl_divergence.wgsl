// Kullback-Leibler divergence of one sample; see kl_divergence.rs.
override SHARP: f32;
override SPREAD: f32;

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
  let share = 1.0 / f32(now.samples);
  var total = 0.0;
  for (var o = 0u; o < OUTPUTS; o++) {
    let z = before_y[row + o];
    let t = SHARP * wanted(b, o) + SPREAD;
    if (t > 0.0) {
      total += t * (log(t) - (z - log_sum));
    }
    pass_back(row + o, (exp(z - top) / sum - t) * share);
  }
  return total;
}
