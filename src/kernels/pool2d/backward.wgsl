// The way back through pooling, one input an invocation: it adds up what reaches it from the windows that it lies in.
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> places: array<u32>;
@group(0) @binding(3) var<storage, read> before_y: array<f32>;
@group(0) @binding(4) var<storage, read> before_kept: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

// The first window along an edge that reaches place `i`.
fn first(i: u32) -> u32 {
  return select(0u, (i - SIZE) / STRIDE + 1u, i >= SIZE);
}

fn each(i: u32) {
  if (i >= now.samples * HEIGHT * WIDTH * CHANNELS) {
    return;
  }
  let c = i % CHANNELS;
  let pixel = i / CHANNELS;
  let ix = pixel % WIDTH;
  let iy = pixel / WIDTH % HEIGHT;
  let b = pixel / (WIDTH * HEIGHT);
  var g = 0.0;
  for (var oy = first(iy); oy < OUT_HEIGHT && oy * STRIDE <= iy; oy++) {
    for (var ox = first(ix); ox < OUT_WIDTH && ox * STRIDE <= ix; ox++) {
      let o = ((b * OUT_HEIGHT + oy) * OUT_WIDTH + ox) * CHANNELS + c;
      if (AVERAGE) {
        g += dy[o] / f32(SIZE * SIZE);
      } else if (places[o] == (iy - oy * STRIDE) * SIZE + ix - ox * STRIDE) {
        g += dy[o];
      }
    }
  }
  pass_back(i, g);
}
