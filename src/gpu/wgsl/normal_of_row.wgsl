// A value, normalized by what `layernorm.wgsl` left in `moments`.
fn normalized(row: u32, channel: u32, value: f32) -> f32 {
  return (value - moments[2u * row]) * moments[2u * row + 1u];
}
