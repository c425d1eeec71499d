// The rows of a convolution: the patch under each output of each sample; see conv2d.wgsl.
fn rows() -> u32 {
  return now.samples * OUT_HEIGHT * OUT_WIDTH;
}

fn terms() -> u32 {
  return KERNEL * KERNEL * CHANNELS;
}

fn left(row: u32, k: u32) -> f32 {
  return unfolded(row, k);
}
