// The 8-bit grid over a layer's learnt range: see `ActivationScale::from_range`.
override LAYER: u32;

struct Grid {
  scale: f32,
  inverse: f32,
  // Outermost steps, counted from zero.
  low: f32,
  high: f32,
  // Whether there is a range yet.
  known: bool,
}

fn grid_over(range: vec2f) -> Grid {
  let low = min(range.x, 0.0);
  let scale = (max(range.y, 0.0) - low) / 255.0;
  let known = range.x <= range.y;
  // The smallest normal number.
  if (scale < 1.17549435e-38) {
    return Grid(1.0, 1.0, -128.0, 127.0, known);
  }
  let first = round(low / scale);
  return Grid(scale, 1.0 / scale, first, first + 255.0, known);
}
