// The rows of a dense layer: a sample's `INPUTS` values.
override INPUTS: u32;

fn rows() -> u32 {
  return now.samples;
}

fn terms() -> u32 {
  return INPUTS;
}

fn left(row: u32, k: u32) -> f32 {
  return x[source(row) * INPUTS + k];
}
