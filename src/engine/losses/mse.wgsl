// Mean squared error of one sample; see mse.rs.
fn loss(b: u32) -> f32 {
  let row = b * OUTPUTS;
  let scale = 1.0 / f32(OUTPUTS);
  var total = 0.0;
  for (var o = 0u; o < OUTPUTS; o++) {
    let r = before_y[row + o] - wanted(b, o);
    total += r * r;
    pass_back(row + o, 2.0 * r * scale / f32(now.samples));
  }
  return total * scale;
}
