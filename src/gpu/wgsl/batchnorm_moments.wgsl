// Batch normalization, first: the mean of each channel over a part of the rows, and the sum of squared distances from it.
// Joined with `norm_parts.wgsl`.
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
// Three rows that `batchnorm.wgsl` writes, then two a part.
@group(0) @binding(3) var<storage, read_write> moments: array<f32>;

fn four(row: u32, first: u32) -> vec4f {
  var v = vec4f(0.0);
  let start = begin(row);
  for (var k = 0u; k < min(4u, CHANNELS - first); k++) {
    v[k] = x[start + first + k];
  }
  return v;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) at: u32) {
  let first = 4u * group.x;
  let own = stretch(group.y);
  var sum = vec4f(0.0);
  for (var row = own.x + at; row < own.y; row += LANES) {
    sum += four(row, first);
  }
  var mean = added_up(at, sum) / max(f32(own.y - own.x), 1.0);
  workgroupBarrier();
  sum = vec4f(0.0);
  for (var row = own.x + at; row < own.y; row += LANES) {
    let off = four(row, first) - mean;
    sum += off * off;
  }
  var squares = added_up(at, sum);
  if (at < 4u && first + at < CHANNELS) {
    let place = (3u + 2u * group.y) * CHANNELS + first + at;
    moments[place] = mean[at];
    moments[place + CHANNELS] = squares[at];
  }
}
