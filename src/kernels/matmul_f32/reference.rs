//! The definition of the product.

use super::{Mat, Start};

/// See [`super::matmul`] and [`super::affine`].
pub fn run((m, n, k): (usize, usize, usize), a: Mat<'_>, b: Mat<'_>, c: &mut [f32], start: Start<'_>) {
    for i in 0..m {
        for j in 0..n {
            let mut sum = match start {
                Start::Zero => 0.0,
                Start::Kept => c[i * n + j],
                Start::Row(row) => row[j],
            };
            for p in 0..k {
                sum += a.data[i * a.row_stride + p * a.column_stride] * b.data[p * b.row_stride + j * b.column_stride];
            }
            c[i * n + j] = sum;
        }
    }
}
