// Sizes of a convolution, and its unfolded input: element `k` of the patch under output `row`, where rows count all outputs of all samples
// and a patch runs over kernel rows, kernel columns, channels. Never stored: tiles read it in place.
override HEIGHT: u32;
override WIDTH: u32;
override CHANNELS: u32;
override OUT_HEIGHT: u32;
override OUT_WIDTH: u32;
override KERNEL: u32;
override STRIDE: u32;
override PADDING: u32;

fn unfolded(row: u32, k: u32) -> f32 {
  let position = row % (OUT_HEIGHT * OUT_WIDTH);
  let place = k / CHANNELS;
  // Above and left of the image these wrap round to numbers far beyond it.
  let iy = position / OUT_WIDTH * STRIDE + place / KERNEL - PADDING;
  let ix = position % OUT_WIDTH * STRIDE + place % KERNEL - PADDING;
  if (iy >= HEIGHT || ix >= WIDTH) {
    return 0.0;
  }
  let b = source(row / (OUT_HEIGHT * OUT_WIDTH));
  return x[((b * HEIGHT + iy) * WIDTH + ix) * CHANNELS + k % CHANNELS];
}
