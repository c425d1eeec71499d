// The same for few rows: a workgroup for each output, whose 64 invocations each take four neighbouring products of every 256.
var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) output: vec3u, @builtin(local_invocation_index) lane: u32) {
  let here = output.y < rows();
  var sum = 0.0;
  if (here) {
    for (var first = 4u * lane; first < terms(); first += 256u) {
      for (var k = first; k < min(first + 4u, terms()); k++) {
        sum += left(output.y, k) * right(k, output.x);
      }
    }
  }
  sums[lane] = sum;
  for (var reach = 32u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (lane < reach) {
      sums[lane] += sums[lane + reach];
    }
  }
  if (here && lane == 0u) {
    store(0u, output.y, output.x, sums[0]);
  }
}
