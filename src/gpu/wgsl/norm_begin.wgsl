// Where row `row` begins in what comes in. Joined with `norm_rows.wgsl` and `gather.wgsl`.
fn begin(row: u32) -> u32 {
  return (source(row / POSITIONS) * POSITIONS + row % POSITIONS) * CHANNELS;
}
