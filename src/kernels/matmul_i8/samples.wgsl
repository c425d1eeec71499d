// The rows of a dense layer: the codes of a sample's `INPUTS` values, four a word, zeros behind the last.
override INPUTS: u32;

fn rows() -> u32 {
  return now.samples;
}

fn words() -> u32 {
  return (INPUTS + 3u) / 4u;
}

fn left(row: u32, word: u32) -> u32 {
  return codes[row * words() + word];
}
