//! 32-bit activations times shared weights: `y[M, N] = scale[N] · Σ_k x[M, k] · table[code[k, N]] + bias[N]`.
//!
//! Codes stay packed in memory, as many bits as they have. The floats of a stretch of them are looked up into a few kilobytes of stack and multiplied.

pub mod reference;
mod simd;

use super::{matmul_i8::Epilogue, panels::WIDTH};

/// Most values that a matrix shares.
pub const MOST: usize = 256;

/// A matrix `[K, N]` of codes and the values that they stand for, eight units side by side.
#[derive(Clone, Debug)]
pub struct Codebook {
    inputs: usize,
    units: usize,
    bits: u32,
    /// What each code stands for; 0 beyond the last.
    table: Box<[f32; MOST]>,
    /// `[panel, K, bits]`: the eight codes of an input take `bits` bytes, the first unit in the low bits.
    codes: Vec<u8>,
}

impl Codebook {
    /// Packs codes `[N, K]` of `bits` bits (1 to 8), each of which is the place of a value in `table`.
    #[must_use]
    pub fn new(codes: &[u8], (inputs, units): (usize, usize), bits: u32, table: &[f32]) -> Self {
        let (pitch, mut values) = (bits as usize, Box::new([0.0; MOST]));
        values.iter_mut().zip(table).for_each(|(to, value)| *to = *value);
        let mut packed = vec![0_u8; units.div_ceil(WIDTH) * inputs * pitch];
        for (n, row) in codes.chunks_exact(inputs.max(1)).take(units).enumerate() {
            let (first, shift) = (n / WIDTH * inputs * pitch, n % WIDTH * pitch);
            for (lanes, code) in packed[first..].chunks_exact_mut(pitch).zip(row) {
                // A code lies in one byte, or in two.
                let field = u16::from(*code) << (shift % 8);
                lanes[shift / 8] |= field as u8;
                if let Some(next) = lanes.get_mut(shift / 8 + 1) {
                    *next |= (field >> 8) as u8;
                }
            }
        }
        Self { inputs, units, bits, table: values, codes: packed }
    }

    /// Bytes that codes and values take in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.codes.len() + (size_of::<f32>() << self.bits)
    }
}

/// The product of `x[rows, K]` and shared weights. Writes `y[rows, N]`.
///
/// Sums run over `k` in rising order, so the result is the same natively and in wasm, and however rows are batched.
pub fn matmul(rows: usize, x: &[f32], w: &Codebook, epilogue: Epilogue<'_>, y: &mut [f32]) {
    simd::run(rows, x, w, epilogue, y);
}
