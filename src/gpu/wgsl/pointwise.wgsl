// An activation on its own. `y[B, WIDTH] = activation(x[B, WIDTH])`.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> kept: array<f32>;

override WIDTH: u32;

fn each(i: u32) {
  if (i < now.samples * WIDTH) {
    finish(i, x[source(i / WIDTH) * WIDTH + i % WIDTH]);
  }
}
