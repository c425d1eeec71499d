// Softmax cross-entropy of one sample; see cross_entropy.rs.
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
    // A class of no weight may have probability 0 without making the sum NaN.
    if (t != 0.0) {
      total += t * (log_sum - z);
    }
    pass_back(row + o, (exp(z - top) / sum - t) * share);
  }
  return total;
}
