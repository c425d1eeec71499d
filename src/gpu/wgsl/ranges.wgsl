// The end of a step of quantization-aware training: the ranges of activations follow what came in. See `engine/quantization/observer.rs`.
@group(0) @binding(1) var<storage, read_write> ranges: array<vec2f>;
// Smallest and largest of each of `LAYERS` layers as numbers that order like floats, the first upside down; 0 for nothing.
@group(0) @binding(2) var<storage, read_write> extremes: array<vec2u>;

override LAYERS: u32;

fn number(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key & 0x7fffffffu, key >= 0x80000000u));
}

fn each(i: u32) {
  if (i >= LAYERS || extremes[i].y == 0u) {
    return;
  }
  let batch = vec2f(number(~extremes[i].x), number(extremes[i].y));
  let range = ranges[i];
  ranges[i] = select(batch, range + 0.01 * (batch - range), range.x <= range.y);
  extremes[i] = vec2u(0u);
}
