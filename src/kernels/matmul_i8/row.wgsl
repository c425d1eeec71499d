// Sums of whole numbers for few rows: a workgroup for each output, whose 64 invocations each take every 64th word, so that the GPU is busy
// and neighbours read neighbours. Joined as the tiles are, and with `added_up.wgsl`.
const LANES = 64u;
alias Part = i32;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) output: vec3u, @builtin(local_invocation_index) lane: u32) {
  let here = output.y < rows();
  var sum = 0;
  if (here) {
    for (var word = lane; word < words(); word += LANES) {
      sum += dot_of_four(left(output.y, word), right(word, output.x));
    }
  }
  let all = added_up(lane, sum);
  if (here && lane == 0u) {
    store(output.y, output.x, all);
  }
}
