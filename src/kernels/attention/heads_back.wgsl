// Gradients by queries, keys and values of each head, which are three products of the same size, one a workgroup in z: `dS K`, `dSᵀ Q` and `Pᵀ dO` with shares `P`, the
// gradient `dS` by products of queries and keys, and `dO` by what the head put out. `COLS` is a head's channels.
@group(0) @binding(1) var<storage, read> pairs: array<f32>;
@group(0) @binding(2) var<storage, read> dpairs: array<f32>;
@group(0) @binding(3) var<storage, read> projected: array<f32>;
@group(0) @binding(4) var<storage, read> dseen: array<f32>;
@group(0) @binding(5) var<storage, read_write> dprojected: array<f32>;

override COLS: u32;

// Of two of three.
const LEFT_TALL = true;
const RIGHT_TALL = false;

var<private> which: u32;

fn rows() -> u32 {
  return POSITIONS;
}

fn depth(part: u32) -> vec2u {
  which = part % 3u;
  return take(part / 3u, POSITIONS);
}

fn left(row: u32, k: u32) -> f32 {
  if (which == 0u) {
    return dpairs[pair(row, k)];
  }
  if (which == 1u) {
    return dpairs[pair(k, row)];
  }
  return pairs[pair(k, row)];
}

fn right(k: u32, col: u32) -> f32 {
  if (which == 2u) {
    return dseen[place(k, col, CHANNELS)];
  }
  return projected[place(k, col, 3u * CHANNELS) + (1u - which) * CHANNELS];
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  dprojected[place(row, col, 3u * CHANNELS) + which * CHANNELS] = sum;
}
