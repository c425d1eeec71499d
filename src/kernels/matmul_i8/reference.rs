//! The definition of the product.

use super::Epilogue;

/// See [`super::matmul`]; `a[M, K]` and `q[N, K]` are plain here.
pub fn run((m, n, k): (usize, usize, usize), a: &[i16], q: &[i8], epilogue: Epilogue<'_>, y: &mut [f32]) {
    for i in 0..m {
        for j in 0..n {
            let sum: i32 = (0..k).map(|p| i32::from(a[i * k + p]) * i32::from(q[j * k + p])).sum();
            y[i * n + j] = sum as f32 * epilogue.scale[j] + epilogue.bias[j];
        }
    }
}
