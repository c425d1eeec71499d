// Makes shares of scores times `SCALE`, in place: a workgroup for each position of each head, whose invocations take every 64th of the positions that it looks at.
// With `CAUSAL` those behind it are hidden and count nothing. Joined with `added_up.wgsl` and `largest.wgsl`.
@group(0) @binding(1) var<storage, read_write> pairs: array<f32>;

override SCALE: f32;
override CAUSAL: bool;

const LANES = 64u;
alias Part = f32;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= now.samples * HEADS * POSITIONS) {
    return;
  }
  let start = row * POSITIONS;
  let shown = select(POSITIONS, row % POSITIONS + 1u, CAUSAL);
  var own = -3.4e38;
  for (var j = lane; j < shown; j += LANES) {
    own = max(own, pairs[start + j]);
  }
  let most = largest_of(lane, own);
  workgroupBarrier();
  var sum = 0.0;
  for (var j = lane; j < shown; j += LANES) {
    let count = exp((pairs[start + j] - most) * SCALE);
    pairs[start + j] = count;
    sum += count;
  }
  let share = 1.0 / added_up(lane, sum);
  for (var j = lane; j < POSITIONS; j += LANES) {
    pairs[start + j] = select(0.0, pairs[start + j] * share, j < shown);
  }
}
