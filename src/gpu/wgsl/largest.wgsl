// The largest of what the `LANES` invocations of a workgroup have, number by number: as `added_up.wgsl`, whose `parts` it uses.
fn largest_of(at: u32, own: Part) -> Part {
  parts[at] = own;
  for (var reach = LANES / 2u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (at < reach) {
      parts[at] = max(parts[at], parts[at + reach]);
    }
  }
  workgroupBarrier();
  return parts[0];
}
