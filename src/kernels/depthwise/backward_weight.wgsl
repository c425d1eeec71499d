// A depthwise convolution's gradient by its weights and biases: an invocation a parameter and part, which adds up every `PARTS`th sample.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> partials: array<f32>;

override FROM: u32;
override PARTS: u32;

fn each(i: u32) {
  let params = (KERNEL * KERNEL + 1u) * CHANNELS;
  if (i >= params * PARTS) {
    return;
  }
  let c = i % CHANNELS;
  let place = i % params / CHANNELS;
  var sum = 0.0;
  for (var b = i / params; b < now.samples; b += PARTS) {
    let image = source(b);
    for (var position = 0u; position < OUT_HEIGHT * OUT_WIDTH; position++) {
      let d = dy[(b * OUT_HEIGHT * OUT_WIDTH + position) * CHANNELS + c];
      let iy = position / OUT_WIDTH * STRIDE + place / KERNEL - PADDING;
      let ix = position % OUT_WIDTH * STRIDE + place % KERNEL - PADDING;
      if (place == KERNEL * KERNEL) {
        sum += d;
      } else if (iy < HEIGHT && ix < WIDTH) {
        sum += d * x[((image * HEIGHT + iy) * WIDTH + ix) * CHANNELS + c];
      }
    }
  }
  partials[FROM + i] = sum;
}
