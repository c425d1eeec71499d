// One invocation a value. Grids wider than the 65535 workgroups of one dimension go on in the second.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) at: u32) {
  each((group.y * groups.x + group.x) * 256u + at);
}
