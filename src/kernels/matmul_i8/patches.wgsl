// The rows of a convolution: the patch under each output of each sample, over kernel rows, kernel columns, channels, four codes a word. Never
// stored: tiles read it in place. Around the image lie codes that stand for zero, behind the patch zeros. Each sample begins with a word.
override HEIGHT: u32;
override WIDTH: u32;
override CHANNELS: u32;
override OUT_HEIGHT: u32;
override OUT_WIDTH: u32;
override KERNEL: u32;
override STRIDE: u32;
override PADDING: u32;
// The code that stands for zero, as a byte.
override ZERO: u32;

fn rows() -> u32 {
  return now.samples * OUT_HEIGHT * OUT_WIDTH;
}

fn taps() -> u32 {
  return KERNEL * KERNEL * CHANNELS;
}

fn words() -> u32 {
  return (taps() + 3u) / 4u;
}

// Where in its image value `k` of the patch lies at output `position`; beyond every image for what is outside.
fn place(position: u32, k: u32) -> u32 {
  let tap = k / CHANNELS;
  // Above and left of the image these wrap round to numbers far beyond it.
  let iy = position / OUT_WIDTH * STRIDE + tap / KERNEL - PADDING;
  let ix = position % OUT_WIDTH * STRIDE + tap % KERNEL - PADDING;
  return select(0xffffffffu, (iy * WIDTH + ix) * CHANNELS + k % CHANNELS, iy < HEIGHT && ix < WIDTH);
}

fn left(row: u32, word: u32) -> u32 {
  let position = row % (OUT_HEIGHT * OUT_WIDTH);
  let image = row / (OUT_HEIGHT * OUT_WIDTH) * ((HEIGHT * WIDTH * CHANNELS + 3u) / 4u);
  if (CHANNELS % 4u == 0u) {
    // Pixels are whole words.
    let at = place(position, 4u * word);
    if (at == 0xffffffffu) {
      return ZERO * 0x01010101u;
    }
    return codes[image + at / 4u];
  }
  var four = 0u;
  for (var i = 0u; i < 4u; i++) {
    let k = 4u * word + i;
    if (k < taps()) {
      let at = place(position, k);
      var code = ZERO;
      if (at != 0xffffffffu) {
        code = (codes[image + at / 4u] >> (8u * (at % 4u))) & 255u;
      }
      four |= code << (8u * i);
    }
  }
  return four;
}
