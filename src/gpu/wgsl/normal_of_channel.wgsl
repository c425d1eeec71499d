// A value, normalized by what `batchnorm.wgsl` left in `moments`.
fn normalized(row: u32, channel: u32, value: f32) -> f32 {
  return (value - moments[channel]) * moments[CHANNELS + channel];
}
