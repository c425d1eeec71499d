//! The definition of the product.

use super::Epilogue;

/// See [`super::matmul`]; codes `q[N, K]` are plain here.
pub fn run((m, n, k): (usize, usize, usize), x: &[f32], (q, table): (&[u8], &[f32]), epilogue: Epilogue<'_>, y: &mut [f32]) {
    for i in 0..m {
        for j in 0..n {
            let mut sum = 0.0;
            for p in 0..k {
                sum += x[i * k + p] * table[usize::from(q[j * k + p])];
            }
            y[i * n + j] = sum * epilogue.scale[j] + epilogue.bias[j];
        }
    }
}
