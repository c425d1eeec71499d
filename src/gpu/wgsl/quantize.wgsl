// The codes of `x[B, WIDTH]` in whole numbers of 8 bits, four a word, zeros behind the last of a row: `q = ZERO + round(x / step)`, halves to the
// even number, within the steps `LOW … HIGH` away from zero; NaN becomes the lowest. Exactly as the CPU rounds: see `ActivationScale`.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> codes: array<u32>;

override WIDTH: u32;
// One over the step.
override INVERSE: f32;
override LOW: f32;
override HIGH: f32;
override ZERO: i32;

fn code(value: f32) -> u32 {
  let steps = value * INVERSE;
  let above = select(LOW, steps, steps > LOW);
  return u32(i32(round(select(HIGH, above, above < HIGH))) + ZERO) & 255u;
}

fn each(i: u32) {
  let words = (WIDTH + 3u) / 4u;
  if (i >= now.samples * words) {
    return;
  }
  let first = i % words * 4u;
  var four = 0u;
  for (var k = first; k < min(first + 4u, WIDTH); k++) {
    four |= code(x[i / words * WIDTH + k]) << (8u * (k - first));
  }
  codes[i] = four;
}
