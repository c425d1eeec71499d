// Pooling, one output an invocation: the mean of its window, or the largest value, whose place (row by row, the first of equals) is kept.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> kept: array<f32>;
@group(0) @binding(5) var<storage, read_write> places: array<u32>;

fn each(i: u32) {
  if (i >= now.samples * OUT_HEIGHT * OUT_WIDTH * CHANNELS) {
    return;
  }
  let c = i % CHANNELS;
  let position = i / CHANNELS % (OUT_HEIGHT * OUT_WIDTH);
  let b = source(i / (CHANNELS * OUT_HEIGHT * OUT_WIDTH));
  let corner = (b * HEIGHT + position / OUT_WIDTH * STRIDE) * WIDTH + position % OUT_WIDTH * STRIDE;
  var best = x[corner * CHANNELS + c];
  var sum = best;
  var place = 0u;
  for (var p = 1u; p < SIZE * SIZE; p++) {
    let v = x[(corner + p / SIZE * WIDTH + p % SIZE) * CHANNELS + c];
    sum += v;
    if (v > best) {
      best = v;
      place = p;
    }
  }
  if (AVERAGE) {
    finish(i, sum / f32(SIZE * SIZE));
  } else {
    places[i] = place;
    finish(i, best);
  }
}
