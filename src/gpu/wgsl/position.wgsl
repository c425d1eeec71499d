// Adds waves `[WIDTH]` to each sample `x[B, WIDTH]`. They come from the host: sines of a GPU are not exact enough for angles of hundreds.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> waves: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> kept: array<f32>;

override WIDTH: u32;

fn each(i: u32) {
  if (i < now.samples * WIDTH) {
    finish(i, x[source(i / WIDTH) * WIDTH + i % WIDTH] + waves[i % WIDTH]);
  }
}
