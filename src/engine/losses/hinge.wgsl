// Hinge losses of one sample; see hinge.rs.
override MARGIN: f32;
override SQUARED: bool;

// What a lead that lacks `short` costs, and the slope of that.
fn cost(short: f32) -> vec2f {
  if (short <= 0.0) {
    return vec2f(0.0);
  }
  return select(vec2f(short, 1.0), vec2f(short * short, 2.0 * short), SQUARED);
}

fn loss(b: u32) -> f32 {
  let row = b * OUTPUTS;
  let scale = 1.0 / f32(OUTPUTS);
  var total = 0.0;
  for (var o = 0u; o < OUTPUTS; o++) {
    let z = before_y[row + o];
    let share = wanted(b, o);
    var slope = 0.0;
    for (var i = 0u; i < OUTPUTS; i++) {
      if (i != o) {
        let other = before_y[row + i];
        let mine = cost(MARGIN - z + other);
        total += share * mine.x;
        slope += wanted(b, i) * cost(MARGIN - other + z).y - share * mine.y;
      }
    }
    pass_back(row + o, slope * scale / f32(now.samples));
  }
  return total * scale;
}
