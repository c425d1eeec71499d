// Sums of whole numbers for few rows: a workgroup for each output, whose 64 invocations each take every 64th word, so that the GPU is busy
// and neighbours read neighbours. Joined as the tiles are.
var<workgroup> sums: array<i32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) output: vec3u, @builtin(local_invocation_index) lane: u32) {
  let here = output.y < rows();
  var sum = 0;
  if (here) {
    for (var word = lane; word < words(); word += 64u) {
      sum += dot_of_four(left(output.y, word), right(word, output.x));
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
    store(output.y, output.x, sums[0]);
  }
}
