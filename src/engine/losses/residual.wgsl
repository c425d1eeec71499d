// A loss of residuals for one sample; see residual.rs. Joined with `cost(r)`: what a residual costs, and the slope of that.
fn loss(b: u32) -> f32 {
  let row = b * OUTPUTS;
  let scale = 1.0 / f32(OUTPUTS);
  var total = 0.0;
  for (var o = 0u; o < OUTPUTS; o++) {
    let c = cost(before_y[row + o] - wanted(b, o));
    total += c.x;
    pass_back(row + o, c.y * scale / f32(now.samples));
  }
  return total * scale;
}
