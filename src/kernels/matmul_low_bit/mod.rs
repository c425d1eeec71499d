//! 32-bit activations times whole-number weights: `y[M, N] = scale[N] · Σ_k x[M, k] · q[k, N] + bias[N]`.
//!
//! Codes are unpacked in registers, a few at a time, and never lie in memory as floats.

pub mod reference;
mod simd;

pub(super) use simd::{STRETCH, Target, stretches};

use super::{matmul_i8::Epilogue, panels::Panels};

/// The product of `x[rows, K]` and packed weights. Writes `y[rows, N]`.
///
/// Sums run over `k` in rising order, so the result is the same natively and in wasm, and however rows are batched.
pub fn matmul(rows: usize, x: &[f32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    simd::run(rows, x, w, epilogue, y);
}
