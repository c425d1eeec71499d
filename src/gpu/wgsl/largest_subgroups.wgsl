// As `largest.wgsl`, for a GPU with subgroups; see `added_up_subgroups.wgsl`.
fn largest_of(at: u32, own: Part) -> Part {
  parts[at] = own;
  workgroupBarrier();
  let count = subgroupAdd(1u);
  let rank = subgroupExclusiveAdd(1u);
  var most = own;
  for (var first = 0u; first < LANES; first += count) {
    if (first + rank < LANES) {
      most = max(most, parts[first + rank]);
    }
  }
  return subgroupMax(most);
}
