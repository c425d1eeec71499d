// The same for few rows: a workgroup for each output, whose 64 invocations each take four neighbouring products of every 256. Joined with `added_up.wgsl`.
const LANES = 64u;
alias Part = f32;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) output: vec3u, @builtin(local_invocation_index) lane: u32) {
  let here = output.y < rows();
  var sum = 0.0;
  if (here) {
    for (var first = 4u * lane; first < terms(); first += 4u * LANES) {
      for (var k = first; k < min(first + 4u, terms()); k++) {
        sum += left(output.y, k) * right(k, output.x);
      }
    }
  }
  let all = added_up(lane, sum);
  if (here && lane == 0u) {
    store(0u, output.y, output.x, all);
  }
}
