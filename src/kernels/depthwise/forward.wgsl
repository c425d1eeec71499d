// Depthwise convolution, one output an invocation.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> params: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> kept: array<f32>;

override START: u32;

fn each(i: u32) {
  if (i >= now.samples * OUT_HEIGHT * OUT_WIDTH * CHANNELS) {
    return;
  }
  let c = i % CHANNELS;
  let position = i / CHANNELS % (OUT_HEIGHT * OUT_WIDTH);
  let b = source(i / (CHANNELS * OUT_HEIGHT * OUT_WIDTH));
  var sum = params[START + KERNEL * KERNEL * CHANNELS + c];
  for (var place = 0u; place < KERNEL * KERNEL; place++) {
    // Before the image these wrap round to numbers far beyond its edge.
    let iy = position / OUT_WIDTH * STRIDE + place / KERNEL - PADDING;
    let ix = position % OUT_WIDTH * STRIDE + place % KERNEL - PADDING;
    if (iy < HEIGHT && ix < WIDTH) {
      sum += x[((b * HEIGHT + iy) * WIDTH + ix) * CHANNELS + c] * params[START + place * CHANNELS + c];
    }
  }
  finish(i, sum);
}
