//! The definition of the product.

/// See [`super::matmul`]; weights `[N, K]` with their zeros.
pub fn run((m, n, k): (usize, usize, usize), x: &[f32], w: &[f32], bias: &[f32], y: &mut [f32]) {
    for i in 0..m {
        for j in 0..n {
            let mut sum = bias[j];
            for p in (0..k).filter(|p| w[j * k + p] != 0.0) {
                sum += x[i * k + p] * w[j * k + p];
            }
            y[i * n + j] = sum;
        }
    }
}
