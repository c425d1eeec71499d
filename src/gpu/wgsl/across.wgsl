// Sums along short rows: `WIDE` neighbouring invocations a row, a power of two and no more than 256. All of a row get its sum.
override WIDE: u32;

const LANES = 256u;
var<workgroup> shares: array<f32, LANES>;

fn across(at: u32, own: f32) -> f32 {
  workgroupBarrier();
  shares[at] = own;
  for (var reach = WIDE / 2u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (at % WIDE < reach) {
      shares[at] += shares[at + reach];
    }
  }
  workgroupBarrier();
  return shares[at / WIDE * WIDE];
}
