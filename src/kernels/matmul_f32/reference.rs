//! The definition of the product.

use super::Mat;

/// See [`super::matmul`].
pub fn run((m, n, k): (usize, usize, usize), a: Mat<'_>, b: Mat<'_>, c: &mut [f32], add: bool) {
    for i in 0..m {
        for j in 0..n {
            let mut sum = if add { c[i * n + j] } else { 0.0 };
            for p in 0..k {
                sum += a.data[i * a.row_stride + p * a.column_stride] * b.data[p * b.row_stride + j * b.column_stride];
            }
            c[i * n + j] = sum;
        }
    }
}
