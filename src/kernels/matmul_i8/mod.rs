//! 8-bit activations times whole-number weights, exact: `y[M, N] = scale[N] · Σ_k a[M, k] · q[k, N] + bias[N]`.
//!
//! Products and sums are whole numbers (16-bit products of pairs, 32-bit sums); each output is rounded once, at the end.

#[cfg(test)]
mod reference;
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
    use crate::{engine::quantization::max_code, engine::rng::Rng};

    #[test]
    fn agrees_with_the_reference_exactly() {
        let mut rng = Rng::new(5, 0);
        let mut failures = Vec::new();
        for bits in [1, 2, 3, 4, 5, 6, 8] {
            for (m, n, k) in super::super::sizes() {
                let codes: Vec<i8> = (0..n * k).map(|_| code(&mut rng, bits)).collect();
                let panels = Panels::new(&codes, (k, n), bits);
                let mut a = vec![0_i32; m * panels.pairs()];
                let rows: Vec<i16> = (0..m * k).map(|_| rng.below(511) as i16 - 255).collect();
                for (a, row) in a.chunks_exact_mut(panels.pairs().max(1)).zip(rows.chunks_exact(k.max(1))) {
                    bytemuck::cast_slice_mut::<i32, i16>(a)[..k].copy_from_slice(row);
                }
                let scale: Vec<f32> = (0..n).map(|_| rng.range(0.01, 0.02)).collect();
                let bias: Vec<f32> = (0..n).map(|_| rng.normal()).collect();
                let epilogue = Epilogue { scale: &scale, bias: &bias };
                let (mut got, mut want) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
                matmul(m, &a, &panels, epilogue, &mut got);
                reference::run((m, n, k), &rows, &codes, epilogue, &mut want);
                if got != want {
                    failures.push(format!("{bits} bits, {m}×{n}×{k}"));
                }
            }
        }
        assert!(failures.is_empty(), "{} sizes differ: {failures:?}", failures.len());
    }

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

    fn code(rng: &mut Rng, bits: u32) -> i8 {
        let max = max_code(bits);
        if bits == 1 { rng.below(2) as i8 * 2 - 1 } else { (rng.below(2 * max as u32 + 1) as i32 - max) as i8 }
    }
}
