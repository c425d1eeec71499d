//! 32-bit activations times floats of 16 or 8 bits: `y[M, N] = scale[N] · Σ_k x[M, k] · w[k, N] + bias[N]`.
//!
//! Weights stay narrow in memory. A stretch of them is widened into a few kilobytes of stack, which is exact, and multiplied in 32 bits.

mod kind;
pub mod reference;
mod simd;

pub use kind::{KINDS, Kind};

use super::{matmul_i8::Epilogue, panels::WIDTH};

/// A matrix `[K, N]` of narrow floats, eight units side by side.
#[derive(Clone, Debug)]
pub struct SmallFloats {
    inputs: usize,
    units: usize,
    kind: Kind,
    codes: Codes,
}

/// `[panel, K, 8]`; units that are not there are zeros.
#[derive(Clone, Debug)]
enum Codes {
    Wide(Vec<[u16; WIDTH]>),
    Narrow(Vec<[u8; WIDTH]>),
}

impl SmallFloats {
    /// Packs finite codes `[N, K]`.
    #[must_use]
    pub fn new(codes: &[u16], (inputs, units): (usize, usize), kind: Kind) -> Self {
        let mut wide = vec![[0_u16; WIDTH]; units.div_ceil(WIDTH) * inputs];
        for (n, row) in codes.chunks_exact(inputs.max(1)).take(units).enumerate() {
            let panel = &mut wide[n / WIDTH * inputs..];
            panel.iter_mut().zip(row).for_each(|(lanes, code)| lanes[n % WIDTH] = *code);
        }
        let codes = match kind.bits() {
            16 => Codes::Wide(wide),
            _ => Codes::Narrow(wide.into_iter().map(|lanes| lanes.map(|code| code as u8)).collect()),
        };
        Self { inputs, units, kind, codes }
    }

    /// Bytes that the numbers take in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match &self.codes {
            Codes::Wide(codes) => size_of_val(&**codes),
            Codes::Narrow(codes) => size_of_val(&**codes),
        }
    }
}

/// The product of `x[rows, K]` and narrow floats. Writes `y[rows, N]`.
///
/// Sums run over `k` in rising order, so the result is the same natively and in wasm, and however rows are batched.
pub fn matmul(rows: usize, x: &[f32], w: &SmallFloats, epilogue: Epilogue<'_>, y: &mut [f32]) {
    simd::run(rows, x, w, epilogue, y);
}
