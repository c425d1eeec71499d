// As `pass_back.wgsl`, where what went on forward was rounded to 8 bits: no gradient passes to what was clipped.
@group(0) @binding(6) var<storage, read> ranges: array<vec2f>;

fn pass_back(i: u32, g: f32) {
  let grid = grid_over(ranges[LAYER]);
  let steps = round(before_y[i] * grid.inverse);
  let passes = !grid.known || (grid.low <= steps && steps <= grid.high);
  dx[i] = select(0.0, g, passes) * slope(before_kept[i], before_y[i]);
}
