// What normalizations go over: rows of `CHANNELS` numbers side by side, `POSITIONS` of them a sample.
override CHANNELS: u32;
override POSITIONS: u32;

fn rows() -> u32 {
  return now.samples * POSITIONS;
}
