// A depthwise convolution's gradient by its input, one input an invocation.
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> params: array<f32>;
@group(0) @binding(3) var<storage, read> before_y: array<f32>;
@group(0) @binding(4) var<storage, read> before_kept: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

override START: u32;

fn each(i: u32) {
  if (i >= now.samples * HEIGHT * WIDTH * CHANNELS) {
    return;
  }
  let c = i % CHANNELS;
  let pixel = i / CHANNELS;
  let b = pixel / (HEIGHT * WIDTH);
  var sum = 0.0;
  for (var place = 0u; place < KERNEL * KERNEL; place++) {
    // Below zero these wrap round to numbers whose share is far beyond the output's edge.
    let y = pixel / WIDTH % HEIGHT + PADDING - place / KERNEL;
    let x = pixel % WIDTH + PADDING - place % KERNEL;
    if (y % STRIDE == 0u && x % STRIDE == 0u && y / STRIDE < OUT_HEIGHT && x / STRIDE < OUT_WIDTH) {
      sum += dy[((b * OUT_HEIGHT + y / STRIDE) * OUT_WIDTH + x / STRIDE) * CHANNELS + c] * params[START + place * CHANNELS + c];
    }
  }
  pass_back(i, sum);
}
