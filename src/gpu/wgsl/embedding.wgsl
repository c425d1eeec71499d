// A row of the table `[TOKENS, SIZE]`, from `START` on in `params`, for each of `STEPS` tokens a sample.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> params: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> kept: array<f32>;

override START: u32;

fn each(i: u32) {
  if (i < now.samples * STEPS * SIZE) {
    finish(i, params[START + token(i / SIZE) * SIZE + i % SIZE]);
  }
}
