// The way back through dropout.
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> bits: array<u32>;
@group(0) @binding(3) var<storage, read> before_y: array<f32>;
@group(0) @binding(4) var<storage, read> before_kept: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

override WIDTH: u32;

fn each(i: u32) {
  if (i < now.samples * WIDTH) {
    pass_back(i, dy[i] * factor(i));
  }
}
