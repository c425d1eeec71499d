// The factor of a value under dropout.
override STRIDE: u32;
override OFFSET: u32;
override SCALE: f32;

fn factor(i: u32) -> f32 {
  let word = bits[now.index * STRIDE + OFFSET + i / 32u];
  return select(0.0, SCALE, ((word >> (i % 32u)) & 1u) == 1u);
}
