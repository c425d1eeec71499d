// Sizes of an embedding, and the tokens that come into it.
override STEPS: u32;
override TOKENS: u32;
override SIZE: u32;

// Token `at` of the mini-batch: the nearest of `TOKENS`. What is no number or below zero is the first.
fn token(at: u32) -> u32 {
  let value = x[source(at / STEPS) * STEPS + at % STEPS] + 0.5;
  return u32(min(select(0.0, value, value > 0.0), f32(TOKENS - 1u)));
}
