// The mean of each channel over the whole image, one output an invocation.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> kept: array<f32>;

override POSITIONS: u32;
override CHANNELS: u32;

fn each(i: u32) {
  if (i >= now.samples * CHANNELS) {
    return;
  }
  let start = source(i / CHANNELS) * POSITIONS * CHANNELS + i % CHANNELS;
  var sum = 0.0;
  for (var position = 0u; position < POSITIONS; position++) {
    sum += x[start + position * CHANNELS];
  }
  finish(i, sum / f32(POSITIONS));
}
