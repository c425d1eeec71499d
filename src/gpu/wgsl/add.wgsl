// The end of a skip connection: `y[B, WIDTH] = activation(x + skipped)`. What is skipped to here may be the network's input, read by the list of samples;
// what comes in is so where nothing stands before it (`FRONT`).
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> skipped: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> kept: array<f32>;

override WIDTH: u32;
override FRONT: bool;

fn each(i: u32) {
  if (i >= now.samples * WIDTH) {
    return;
  }
  let start = source(i / WIDTH) * WIDTH + i % WIDTH;
  finish(i, x[select(i, start, FRONT)] + skipped[start]);
}
