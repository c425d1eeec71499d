// The way back through the mean over the whole image, one input an invocation: all positions share alike.
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> before_y: array<f32>;
@group(0) @binding(3) var<storage, read> before_kept: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

override POSITIONS: u32;
override CHANNELS: u32;

fn each(i: u32) {
  if (i < now.samples * POSITIONS * CHANNELS) {
    pass_back(i, dy[i / (POSITIONS * CHANNELS) * CHANNELS + i % CHANNELS] / f32(POSITIONS));
  }
}
