//! The definition of the products.

use super::Epilogue;

/// See [`super::matmul`]; weights `[N, K]` with their zeros.
pub fn floats((m, n, k): (usize, usize, usize), x: &[f32], w: &[i8], epilogue: Epilogue<'_>, y: &mut [f32]) {
    for i in 0..m {
        for j in 0..n {
            let mut sums = [0.0; 4];
            let stored = (0..k).filter(|p| w[j * k + p] != 0);
            for (at, p) in stored.enumerate() {
                sums[at % 4] += x[i * k + p] * f32::from(w[j * k + p]);
            }
            let sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
            y[i * n + j] = sum * epilogue.scale[j] + epilogue.bias[j];
        }
    }
}

/// See [`super::matmul_i8`]; weights `[N, K]` with their zeros.
pub fn integers((m, n, k): (usize, usize, usize), (a, stride): (&[i16], usize), w: &[i8], epilogue: Epilogue<'_>, y: &mut [f32]) {
    for i in 0..m {
        for j in 0..n {
            let sum: i32 = (0..k).map(|p| i32::from(a[i * stride + p]) * i32::from(w[j * k + p])).sum();
            y[i * n + j] = sum as f32 * epilogue.scale[j] + epilogue.bias[j];
        }
    }
}
