// A convolution's gradient by its input: row by pixel, the sum over kernel places and filters, `COLS` channels. Weights `[KERNEL², COLS, FILTERS]` from
// `START` on in `params`.
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> params: array<f32>;
@group(0) @binding(3) var<storage, read> before_y: array<f32>;
@group(0) @binding(4) var<storage, read> before_kept: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

override HEIGHT: u32;
override WIDTH: u32;
override COLS: u32;
override FILTERS: u32;
override OUT_HEIGHT: u32;
override OUT_WIDTH: u32;
override KERNEL: u32;
override STRIDE: u32;
override PADDING: u32;
override START: u32;

const LEFT_TALL = false;
const RIGHT_TALL = false;

fn rows() -> u32 {
  return now.samples * HEIGHT * WIDTH;
}

fn depth(part: u32) -> vec2u {
  return vec2u(0u, KERNEL * KERNEL * FILTERS);
}

fn left(row: u32, k: u32) -> f32 {
  let pixel = row % (HEIGHT * WIDTH);
  let place = k / FILTERS;
  // Below zero these wrap round to numbers whose share is far beyond the output's edge.
  let y = pixel / WIDTH + PADDING - place / KERNEL;
  let x = pixel % WIDTH + PADDING - place % KERNEL;
  if (y % STRIDE != 0u || x % STRIDE != 0u || y / STRIDE >= OUT_HEIGHT || x / STRIDE >= OUT_WIDTH) {
    return 0.0;
  }
  let b = row / (HEIGHT * WIDTH);
  return dy[((b * OUT_HEIGHT + y / STRIDE) * OUT_WIDTH + x / STRIDE) * FILTERS + k % FILTERS];
}

fn right(k: u32, col: u32) -> f32 {
  return params[START + (k / FILTERS * COLS + col) * FILTERS + k % FILTERS];
}

fn store(part: u32, row: u32, col: u32, sum: f32) {
  pass_back(row * COLS + col, sum);
}
