// What the `LANES` invocations of a workgroup have, a `Part` each, added up: by halves, in workgroup memory. `LANES` is a power of two. All get the sum;
// before the next one is asked for, or `parts` written to, a barrier has to be.
var<workgroup> parts: array<Part, LANES>;

fn added_up(at: u32, own: Part) -> Part {
  parts[at] = own;
  for (var reach = LANES / 2u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (at < reach) {
      parts[at] += parts[at + reach];
    }
  }
  workgroupBarrier();
  return parts[0];
}
