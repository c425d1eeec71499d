//! 32-bit activations times whole-number weights: `y[M, N] = scale[N] · Σ_k x[M, k] · q[k, N] + bias[N]`.
//!
//! Codes are unpacked in registers, a few at a time, and never lie in memory as floats.

#[cfg(test)]
mod reference;
mod simd;

use super::{matmul_i8::Epilogue, panels::Panels};

/// The product of `x[rows, K]` and packed weights. Writes `y[rows, N]`.
///
/// Sums run over `k` in rising order, so the result is the same natively and in wasm, and however rows are batched.
pub fn matmul(rows: usize, x: &[f32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    simd::run(rows, x, w, epilogue, y);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{quantization::max_code, rng::Rng};

    #[test]
    fn agrees_with_the_reference_to_the_bit() {
        let mut rng = Rng::new(6, 0);
        let mut failures = Vec::new();
        for bits in [1, 2, 3, 4, 5, 6, 8] {
            for (m, n, k) in super::super::sizes() {
                let max = max_code(bits);
                let code = |rng: &mut Rng| {
                    if bits == 1 { rng.below(2) as i8 * 2 - 1 } else { (rng.below(2 * max as u32 + 1) as i32 - max) as i8 }
                };
                let codes: Vec<i8> = (0..n * k).map(|_| code(&mut rng)).collect();
                let x: Vec<f32> = (0..m * k).map(|_| rng.normal()).collect();
                let scale: Vec<f32> = (0..n).map(|_| rng.range(0.01, 0.02)).collect();
                let bias: Vec<f32> = (0..n).map(|_| rng.normal()).collect();
                let epilogue = Epilogue { scale: &scale, bias: &bias };
                let (mut got, mut want) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
                matmul(m, &x, &Panels::new(&codes, (k, n), bits), epilogue, &mut got);
                reference::run((m, n, k), &x, &codes, epilogue, &mut want);
                if got != want {
                    failures.push(format!("{bits} bits, {m}×{n}×{k}"));
                }
            }
        }
        assert!(failures.is_empty(), "{} sizes differ: {failures:?}", failures.len());
    }
}
