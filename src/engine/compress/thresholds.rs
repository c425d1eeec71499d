//! From how many zeros on skipping them is faster than multiplying them.

use crate::engine::layers::Op;

/// Share of zeros from which the sparse kernel is the faster one at batch 1, for the same layer on this package's kernels; above 1
/// where it never is. Measured in V8 (docs/measurements/sparse.md); at batch 64 it pays earlier, from about 60 %.
///
/// The dense kernels differ, so the answer does too: 8-bit activations run eight products per instruction, which a sparse
/// kernel, gathering its inputs one by one, overtakes only when nearly nothing is left.
#[must_use]
pub fn sparse_pays(op: &Op, bits: u32, activation_bits: u32) -> f32 {
    let integer = activation_bits < 32 && bits <= 8;
    match (op, integer, bits) {
        (Op::Conv2d(_), true, _) => 1.01,
        (Op::Conv2d(_), false, 32) => 0.95,
        (Op::Conv2d(_), false, _) => 0.6,
        (_, true, _) => 0.97,
        (_, false, 8 | 32) => 0.82,
        (_, false, _) => 0.76,
    }
}
