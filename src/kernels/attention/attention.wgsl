// Sizes of multi-head self-attention, and what the products of single heads share: there are as many as heads of samples, one a workgroup in z.
// Queries, keys and values lie side by side, `[B, POSITIONS, 3 CHANNELS]`.
override POSITIONS: u32;
override CHANNELS: u32;
override HEADS: u32;

// Which head it is, of those of all samples.
var<private> head: u32;

// Takes head `which` in hand. Gives the range of a sum of `count` products: none for a sample that the mini-batch does not have.
fn take(which: u32, count: u32) -> vec2u {
  head = which;
  return vec2u(0u, select(0u, count, which < now.samples * HEADS));
}

// Where the head's `channel` at `position` lies among `pitch` values a position.
fn place(position: u32, channel: u32, pitch: u32) -> u32 {
  return (head / HEADS * POSITIONS + position) * pitch + head % HEADS * (CHANNELS / HEADS) + channel;
}

// Where the head's pair of two positions lies.
fn pair(row: u32, col: u32) -> u32 {
  return (head * POSITIONS + row) * POSITIONS + col;
}
