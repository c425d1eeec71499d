//! Weights as small whole numbers and as narrow floats: formats, step sizes and packing.
//!
//! Symmetric whole numbers keep zero (a pruned weight) exactly zero: `w ≈ s · q`. With `b ≥ 2` bits the codes are
//! `−(2^(b−1) − 1) … 2^(b−1) − 1` (2 bits: the ternary −1, 0, 1; the code −2^(b−1) is left out). One bit is the sign, times the
//! mean magnitude; it has no zero, so a matrix with pruned weights stores sign and zero in two bits instead. Whole numbers with a zero point
//! ([`affine`]) use all `2^b` codes. Floats of 8 bits have a step size too, by which the largest weight becomes the format's largest number;
//! those of 16 bits need none. Shared weights ([`codebook`]) are any floats, of which a layer has few.

pub mod affine;
pub mod bits;
pub mod calibration;
pub mod codebook;
pub mod fake;
mod format;
mod observer;
pub mod ranges;
pub mod rounding;
mod scale;
mod scheme;
pub mod settings;

pub use format::{Format, Granularity, float_name};
pub use observer::ValueRange;
pub use scheme::Scheme;

use super::packed::{Skips, Values, Weights};
use crate::kernels::small_floats::Kind;

/// Widths that weights can have as whole numbers; 32 means floats. Places are kept in links of recipes and in saved runs: a new one comes last.
pub const WIDTHS: [u32; 9] = [32, 8, 6, 5, 4, 3, 2, 1, 7];

/// Nearest whole number, halves to the even one: what PyTorch and ONNX Runtime do. For magnitudes below 2²².
#[must_use]
pub fn round(x: f32) -> f32 {
    (x + MAGIC) - MAGIC
}

/// [`round`] as a number of 16 bits, into which it must fit: the low bits of the sum are the answer already.
#[must_use]
pub fn round_i16(x: f32) -> i16 {
    (x + MAGIC).to_bits() as i16
}

/// Adding 1.5 · 2²³ leaves no bits for a fraction; the processor's rounding mode does the rest, alike on every target.
const MAGIC: f32 = 12_582_912.0;

/// Largest code of `bits` bits.
#[must_use]
pub fn max_code(bits: u32) -> i32 {
    if bits <= 1 { 1 } else { (1 << (bits - 1)) - 1 }
}

/// `values[K, N]` as whole numbers.
#[must_use]
pub fn quantize(values: &[f32], size: (usize, usize), scheme: &Scheme) -> Weights {
    quantize_by(values, size, scheme, &[])
}

/// [`quantize`] by step sizes that are known: one for the matrix or one per unit, as `scheme` says. Those that are 0 or missing are found.
#[must_use]
pub fn quantize_by(values: &[f32], (inputs, units): (usize, usize), scheme: &Scheme, known: &[f32]) -> Weights {
    let mut found = Codes::default();
    found.find(values, (inputs, units), scheme, known);
    let Codes { codes, scales, zeros, group, .. } = found;
    let bits = if scheme.bits == 1 && codes.contains(&0) { 2 } else { scheme.bits };
    Weights { inputs, units, values: Values::Int { bits, group, scales, zeros, codes: bits::pack(&codes, bits) }, skips: Skips::Nothing }
}

/// `values[K, N]`, finite, as floats of 16 or 8 bits. With 8 bits there is a step size for the matrix, or one per unit. What is larger than the format's largest
/// number becomes that.
#[must_use]
pub fn narrow(values: &[f32], (inputs, units): (usize, usize), kind: Kind, per_channel: bool) -> Weights {
    let column = |n: usize| values.iter().skip(n).step_by(units.max(1));
    let most = |n: usize| column(n).fold(0.0_f32, |most, w| most.max(w.abs()));
    let scales: Vec<f32> = match (kind.bits(), per_channel) {
        (8, true) if units > 0 => (0..units).map(|n| most(n) / kind.max()).collect(),
        (8, _) => vec![(0..units).map(most).fold(0.0, f32::max) / kind.max()],
        _ => Vec::new(),
    };
    let code = |n: usize, w: f32| {
        let w = match scales.get(if scales.len() == 1 { 0 } else { n }) {
            Some(scale) if *scale > 0.0 => w / scale,
            Some(_) => 0.0,
            None => w,
        };
        kind.encode(w.clamp(-kind.max(), kind.max()))
    };
    let codes = (0..units).flat_map(|n| column(n).map(move |w| (n, *w))).map(|(n, w)| code(n, w)).collect();
    Weights { inputs, units, values: Values::Float { kind, scales, codes }, skips: Skips::Nothing }
}

/// Codes and step sizes of a matrix, with the memory that finding them takes: allocated for the largest matrix seen, then reused.
#[derive(Default)]
struct Codes {
    /// `[N, K]`, the input contiguous.
    codes: Vec<i8>,
    /// One for the matrix, one per unit, or `[N, groups]`; at least one.
    scales: Vec<f32>,
    /// As many, or none where the grid is symmetric.
    zeros: Vec<i8>,
    /// Inputs of a group; 0 where a unit is not parted.
    group: usize,
    columns: Vec<f32>,
    magnitudes: Vec<f32>,
}

impl Codes {
    /// Those of `values[K, N]`: see [`quantize_by`].
    fn find(&mut self, values: &[f32], (inputs, units): (usize, usize), scheme: &Scheme, known: &[f32]) {
        let Self { codes, scales, zeros, group, columns, magnitudes } = self;
        columns.resize(inputs * units, 0.0);
        for (k, row) in values.chunks_exact(units.max(1)).enumerate() {
            for (n, w) in row.iter().enumerate() {
                columns[n * inputs + k] = *w;
            }
        }
        codes.resize(columns.len(), 0);
        scales.clear();
        zeros.clear();
        *group = scheme.granularity.group(inputs);
        let unit = if scheme.granularity == Granularity::Tensor { columns.len() } else { inputs };
        for (column, codes) in columns.chunks_exact(unit.max(1)).zip(codes.chunks_exact_mut(unit.max(1))) {
            let part = if *group == 0 { unit } else { *group };
            for (weights, codes) in column.chunks(part).zip(codes.chunks_mut(part)) {
                if scheme.has_zero() {
                    let grid = affine::choose(weights, scheme.bits, scheme.range, magnitudes);
                    codes.iter_mut().zip(weights).for_each(|(code, w)| *code = grid.code(*w, scheme.bits));
                    scales.push(grid.scale);
                    zeros.push(grid.zero);
                } else {
                    let known = known.get(scales.len()).copied().filter(|scale| *scale > 0.0);
                    let scale = known.unwrap_or_else(|| scale::choose(weights, scheme.bits, scheme.range, magnitudes));
                    scale::encode(weights, scale, scheme.bits, codes);
                    scales.push(scale);
                }
            }
        }
        if scales.is_empty() {
            scales.push(0.0);
            zeros.resize(usize::from(scheme.has_zero()), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGN: Scheme = Scheme::symmetric(1, Granularity::Tensor);

    #[test]
    fn rounds_halves_to_even() {
        for (x, want) in [(0.5, 0.0), (1.5, 2.0), (2.5, 2.0), (-0.5, 0.0), (-1.5, -2.0), (126.49, 126.0), (3.7, 4.0)] {
            assert_eq!((round(x), f32::from(round_i16(x))), (want, want), "{x}");
        }
    }

    #[test]
    fn pruned_weights_stay_zero_even_at_one_bit() {
        let weights = quantize(&[0.5, 0.0, -0.25, 0.0], (4, 1), &SIGN);
        assert_eq!((weights.bits(), weights.to_f32()), (2, vec![0.375, 0.0, -0.375, 0.0]));
        assert_eq!(quantize(&[0.5, -0.25], (2, 1), &SIGN).bits(), 1);
    }
}
