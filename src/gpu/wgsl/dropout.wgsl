// Dropout: `y[B, WIDTH] = activation(x · SCALE)` where the value's bit is set, else of 0. The bits come from the host's generator, so that
// a run draws the same numbers on every backend: `STRIDE` words a step, this layer's from `OFFSET` on.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> bits: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> kept: array<f32>;

override WIDTH: u32;

fn each(i: u32) {
  if (i < now.samples * WIDTH) {
    finish(i, x[source(i / WIDTH) * WIDTH + i % WIDTH] * factor(i));
  }
}
