// Quantization-aware training: what comes into a layer, `WIDTH` values a sample, rounded to 8 bits, or as it is while there is no range. What
// came in is noted as two numbers that order like floats, the larger of either kept: see `ranges.wgsl`. Joined with `extremes.wgsl`.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> ranges: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> rounded: array<f32>;
@group(0) @binding(5) var<storage, read_write> extremes: array<atomic<u32>>;

override WIDTH: u32;

var<workgroup> seen: array<atomic<u32>, 2>;

fn each(i: u32) {
  var low = 0u;
  var high = 0u;
  if (i < now.samples * WIDTH) {
    let value = x[source(i / WIDTH) * WIDTH + i % WIDTH];
    let grid = grid_over(ranges[LAYER]);
    let steps = round(clamp(value * grid.inverse, grid.low, grid.high));
    rounded[i] = select(value, steps * grid.scale, grid.known);
    let bits = bitcast<u32>(value);
    high = select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
    low = ~high;
  }
  note(low, high);
  workgroupBarrier();
  if (i % 256u == 0u) {
    atomicMax(&extremes[2u * LAYER], atomicLoad(&seen[0]));
    atomicMax(&extremes[2u * LAYER + 1u], atomicLoad(&seen[1]));
  }
}
