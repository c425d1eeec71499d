// As `extremes.wgsl`, for a GPU with subgroups: one invocation notes what all of its subgroup saw.
fn note(low: u32, high: u32) {
  let all_low = subgroupMax(low);
  let all_high = subgroupMax(high);
  if (subgroupExclusiveAdd(1u) == 0u) {
    atomicMax(&seen[0], all_low);
    atomicMax(&seen[1], all_high);
  }
}
