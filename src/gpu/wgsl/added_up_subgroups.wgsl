// As `added_up.wgsl`, for a GPU with subgroups: one barrier instead of one a halving. Every subgroup adds up the whole workgroup, each of its invocations an
// equal share of it, and then across. How many invocations there are in a subgroup, and which, is up to the GPU: they are counted, not assumed.
var<workgroup> parts: array<Part, LANES>;

fn added_up(at: u32, own: Part) -> Part {
  parts[at] = own;
  workgroupBarrier();
  let count = subgroupAdd(1u);
  let rank = subgroupExclusiveAdd(1u);
  var share = Part();
  for (var first = 0u; first < LANES; first += count) {
    if (first + rank < LANES) {
      share += parts[first + rank];
    }
  }
  return subgroupAdd(share);
}
