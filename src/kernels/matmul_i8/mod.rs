//! 8-bit activations times whole-number weights, exact: `y[M, N] = scale[N] · Σ_k a[M, k] · q[k, N] + bias[N]`.
//!
//! Products and sums are whole numbers (16-bit products of pairs, 32-bit sums); each output is rounded once, at the end.

pub mod reference;
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
mod relaxed;
mod simd;

use wide::{bytemuck, f32x4};

use super::panels::{Panels, WIDTH};

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

impl Epilogue<'_> {
    /// The same for units `first` to `last`.
    pub(super) fn units(self, first: usize, last: usize) -> Self {
        Self { scale: &self.scale[first..last], bias: &self.bias[first..last] }
    }

    /// Sums of the units of one panel to outputs; `y` is as long as the panel has units.
    #[inline]
    pub(super) fn write(self, sums: [f32x4; 2], y: &mut [f32]) {
        if let (Some(scale), Some(bias), Some(y)) = (self.scale.first_chunk(), self.bias.first_chunk(), y.first_chunk_mut()) {
            let scale: [f32x4; 2] = bytemuck::cast::<[f32; WIDTH], _>(*scale);
            let bias: [f32x4; 2] = bytemuck::cast::<[f32; WIDTH], _>(*bias);
            *y = bytemuck::cast::<_, [f32; WIDTH]>([sums[0] * scale[0] + bias[0], sums[1] * scale[1] + bias[1]]);
            return;
        }
        y.copy_from_slice(&bytemuck::cast::<_, [f32; WIDTH]>(sums)[..y.len()]);
        self.write_few(y);
    }

    /// Sums that lie in `y[M, N]` to outputs.
    pub fn write_all(self, y: &mut [f32]) {
        let units = self.scale.len();
        for first in (0..units).step_by(WIDTH) {
            let last = units.min(first + WIDTH);
            let panel = self.units(first, last);
            for row in y.chunks_exact_mut(units) {
                let row = &mut row[first..last];
                match row.first_chunk::<WIDTH>() {
                    Some(sums) => panel.write(bytemuck::cast(*sums), row),
                    None => panel.write_few(row),
                }
            }
        }
    }

    fn write_few(self, y: &mut [f32]) {
        for (y, (scale, bias)) in y.iter_mut().zip(self.scale.iter().zip(self.bias)) {
            *y = *y * scale + bias;
        }
    }
}

/// The product. `a` holds `rows` rows of [`Panels::pairs`] words; each word is two codes less their zero point (−255 … 255, all of a row
/// within 255 of each other), the even input in the lower half; inputs beyond `K` are 0. Writes `y[rows, N]`.
///
/// `K ≤` [`MAX_INPUTS`]. The result does not depend on how rows are batched.
pub fn matmul(rows: usize, a: &[i32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    debug_assert!(w.inputs() <= MAX_INPUTS, "{} inputs", w.inputs());
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    if relaxed::run(rows, a, w, epilogue, y) {
        return;
    }
    simd::run(rows, a, w, epilogue, y);
}

/// The product for rows that overlap in an image, as the patches of a convolution do: row `i` consists of the words of four values that lie
/// `offsets` behind word `starts(i)`, the last offset being the largest. `w` holds 8-bit weights. Writes `y[rows, N]`.
pub fn convolve(image: &[[i32; 2]], starts: impl Fn(usize) -> usize, offsets: &[usize], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    debug_assert!(
        w.bits() == 8 && w.pairs() == 2 * offsets.len(),
        "{} offsets for {} inputs of {} bits",
        offsets.len(),
        w.inputs(),
        w.bits()
    );
    simd::convolve(image, starts, offsets, w, epilogue, y);
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

    #[test]
    fn sums_are_finished_where_they_lie() {
        for units in [1, 7, 8, 9, 16, 21] {
            let values = |from: f32| (0..3 * units).map(|i| from + 0.37 * i as f32).collect::<Vec<f32>>();
            let (sums, scale, bias) = (values(-20.0), values(0.01), values(-3.0));
            let wanted: Vec<f32> = sums.iter().enumerate().map(|(i, sum)| sum * scale[i % units] + bias[i % units]).collect();
            let mut y = sums;
            Epilogue { scale: &scale[..units], bias: &bias[..units] }.write_all(&mut y);
            assert_eq!(y, wanted, "{units} units");
        }
        Epilogue { scale: &[], bias: &[] }.write_all(&mut []);
    }
}
