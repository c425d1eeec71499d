//! Weights as small whole numbers: formats, step sizes and packing.
//!
//! All formats are symmetric, so that zero (a pruned weight) stays exactly zero: `w ≈ s · q`. With `b ≥ 2` bits the codes are
//! `−(2^(b−1) − 1) … 2^(b−1) − 1` (2 bits: the ternary −1, 0, 1; the code −2^(b−1) is left out). One bit is the sign, times the
//! mean magnitude; it has no zero, so a matrix with pruned weights stores sign and zero in two bits instead.

pub mod bits;
pub mod fake;
mod observer;
pub mod rounding;
mod scale;

pub use observer::ValueRange;

use super::packed::{Skips, Values, Weights};

/// Widths that weights can have; 32 means floats.
pub const WIDTHS: [u32; 8] = [32, 8, 6, 5, 4, 3, 2, 1];

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

/// What the weight `w` is stored as in steps of `step`, in `bits` bits (1 to 8): the nearest level, or the outermost; at one bit its sign.
#[must_use]
pub fn nearest(w: f32, step: f32, bits: u32) -> f32 {
    let mut code = [0];
    scale::encode(&[w], step, bits, &mut code);
    f32::from(code[0]) * step
}

/// `values[K, N]` in `bits` bits (1 to 8). Step sizes: the largest magnitude for 5 bits and more; for 4, 3 and 2 bits the step
/// with the least squared error; for 1 bit the mean magnitude. One per unit, or one for the matrix.
#[must_use]
pub fn quantize(values: &[f32], (inputs, units): (usize, usize), bits: u32, per_channel: bool) -> Weights {
    let mut found = Codes::default();
    found.find(values, (inputs, units), bits, per_channel);
    let Codes { codes, scales, .. } = found;
    let bits = if bits == 1 && codes.contains(&0) { 2 } else { bits };
    Weights { inputs, units, values: Values::Int { bits, scales, codes: bits::pack(&codes, bits) }, skips: Skips::Nothing }
}

/// Codes and step sizes of a matrix, with the memory that finding them takes: allocated for the largest matrix seen, then reused.
#[derive(Default)]
struct Codes {
    /// `[N, K]`, the input contiguous.
    codes: Vec<i8>,
    /// One for the matrix, or one per unit; at least one.
    scales: Vec<f32>,
    columns: Vec<f32>,
    magnitudes: Vec<f32>,
}

impl Codes {
    /// Those of `values[K, N]`: see [`quantize`].
    fn find(&mut self, values: &[f32], (inputs, units): (usize, usize), bits: u32, per_channel: bool) {
        let Self { codes, scales, columns, magnitudes } = self;
        columns.resize(inputs * units, 0.0);
        for (k, row) in values.chunks_exact(units.max(1)).enumerate() {
            for (n, w) in row.iter().enumerate() {
                columns[n * inputs + k] = *w;
            }
        }
        codes.resize(columns.len(), 0);
        scales.clear();
        let group = if per_channel { inputs } else { columns.len() };
        for (column, codes) in columns.chunks_exact(group.max(1)).zip(codes.chunks_exact_mut(group.max(1))) {
            let scale = scale::choose(column, bits, magnitudes);
            scale::encode(column, scale, bits, codes);
            scales.push(scale);
        }
        if scales.is_empty() {
            scales.push(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_halves_to_even() {
        for (x, want) in [(0.5, 0.0), (1.5, 2.0), (2.5, 2.0), (-0.5, 0.0), (-1.5, -2.0), (126.49, 126.0), (3.7, 4.0)] {
            assert_eq!((round(x), f32::from(round_i16(x))), (want, want), "{x}");
        }
    }

    #[test]
    fn pruned_weights_stay_zero_even_at_one_bit() {
        let weights = quantize(&[0.5, 0.0, -0.25, 0.0], (4, 1), 1, false);
        assert_eq!((weights.bits(), weights.to_f32()), (2, vec![0.375, 0.0, -0.375, 0.0]));
        assert_eq!(quantize(&[0.5, -0.25], (2, 1), 1, false).bits(), 1);
    }
}
