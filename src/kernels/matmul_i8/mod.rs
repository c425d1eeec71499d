//! 8-bit activations times whole-number weights, exact: `y[M, N] = scale[N] · Σ_k a[M, k] · q[k, N] + bias[N]`.
//!
//! Products and sums are whole numbers (16-bit products of pairs, 32-bit sums); each output is rounded once, at the end.

pub mod reference;
mod simd;

use super::panels::Panels;

/// Most inputs: beyond, a sum of products of ±255 and ±127 could leave 32 bits.
pub const MAX_INPUTS: usize = 66_000;

/// One step size and one bias per unit.
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<'a> {
    /// Real units per product of one step each, `[N]`.
    pub scale: &'a [f32],
    /// Added at the end, `[N]`.
    pub bias: &'a [f32],
}

/// The product. `a` holds `rows` rows of [`Panels::pairs`] words; each word is two codes less their zero point (−255 … 255), the
/// even input in the lower half; inputs beyond `K` are 0. Writes `y[rows, N]`.
///
/// `K ≤` [`MAX_INPUTS`]. The result does not depend on how rows are batched.
pub fn matmul(rows: usize, a: &[i32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    debug_assert!(w.inputs() <= MAX_INPUTS, "{} inputs", w.inputs());
    simd::run(rows, a, w, epilogue, y);
}

#[cfg(test)]
mod tests {
    use wide::bytemuck;

    use super::*;

    /// The largest sums there are stay within 32 bits.
    #[test]
    fn the_longest_sum_does_not_overflow() {
        let k = MAX_INPUTS;
        let panels = Panels::new(&vec![-127; k], (k, 1), 8);
        let mut a = vec![0_i32; panels.pairs()];
        bytemuck::cast_slice_mut::<i32, i16>(&mut a)[..k].fill(-255);
        let mut y = [0.0];
        matmul(1, &a, &panels, Epilogue { scale: &[1.0], bias: &[0.0] }, &mut y);
        assert_eq!(y[0], (k as i64 * 127 * 255) as f32);
    }
}
