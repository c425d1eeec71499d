// Sums down the rows: a workgroup for four channels and one of `PARTS` parts of the rows, of which each invocation takes every 64th. Of parts there are no
// more than invocations. Joined with `norm_rows.wgsl` and `added_up.wgsl`.
override PARTS: u32;

const LANES = 64u;
alias Part = vec4f;

// The first row of part `part`, and one past its last.
fn stretch(part: u32) -> vec2u {
  let share = (rows() + PARTS - 1u) / PARTS;
  return min(vec2u(part, part + 1u) * share, vec2u(rows()));
}
