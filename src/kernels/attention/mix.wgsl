// What a head puts out at each position: the mean of all values, weighted by shares, `COLS` of a head's channels.
@group(0) @binding(1) var<storage, read> pairs: array<f32>;
@group(0) @binding(2) var<storage, read> projected: array<f32>;
@group(0) @binding(3) var<storage, read_write> seen: array<f32>;

override COLS: u32;

const LEFT_TALL = false;
const RIGHT_TALL = false;

fn rows() -> u32 {
  return POSITIONS;
}

fn depth(part: u32) -> vec2u {
  return take(part, POSITIONS);
}

fn left(row: u32, k: u32) -> f32 {
  return pairs[pair(row, k)];
}

fn right(k: u32, col: u32) -> f32 {
  return projected[place(k, col, 3u * CHANNELS) + 2u * CHANNELS];
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  seen[place(row, col, CHANNELS)] = sum;
}
