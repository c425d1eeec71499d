//! Matrices of covariances: their axes, and equations in them.

use nalgebra::DMatrix;

use crate::engine::linalg::{Eigen, sign};

/// Eigenvalues of a symmetric matrix `[n, n]`, the largest first, each with its unit vector, whose largest number is positive. Errors: numbers that are none.
pub(super) fn axes(matrix: &[f64], n: usize) -> Result<Vec<(f64, Vec<f64>)>, String> {
    let found = if matrix.iter().all(|v| v.is_finite()) { Eigen::of(DMatrix::from_row_slice(n, n, matrix)) } else { None };
    let eigen = found.ok_or("the numbers are too large to compare")?;
    let axis = |place: usize| {
        let vector = eigen.vector(place);
        let sign = sign(vector);
        (eigen.value(place), vector.iter().map(|v| v * sign).collect())
    };
    Ok((0..eigen.len()).map(axis).collect())
}

/// Sums `Σ (a − μ_a)(b − μ_b)` over `rows[_, n]` for each pair of columns, `[n, n]`.
pub(super) fn scatter(rows: &[f64], means: &[f64]) -> Vec<f64> {
    let n = means.len();
    let mut sums = vec![0.0; n * n];
    let mut off = vec![0.0; n];
    for row in rows.chunks_exact(n) {
        off.iter_mut().zip(row).zip(means).for_each(|((o, v), m)| *o = v - m);
        for (sums, a) in sums.chunks_exact_mut(n).zip(&off) {
            sums.iter_mut().zip(&off).for_each(|(sum, b)| *sum += a * b);
        }
    }
    sums
}

/// The lower factor of a symmetric matrix `[n, n]` whose eigenvalues are positive (Cholesky), for [`solve`]. GPTQ's (`quantization/rounding/hessian.rs`) adds up in another
/// order, which its pinned codes rest on.
pub(super) fn factorized(mut matrix: Vec<f64>, n: usize) -> Vec<f64> {
    for i in 0..n {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| matrix[i * n + k] * matrix[j * n + k]).sum();
            let rest = matrix[i * n + j] - known;
            matrix[i * n + j] = if i == j { rest.max(f64::MIN_POSITIVE).sqrt() } else { rest / matrix[j * n + j] };
        }
    }
    matrix
}

/// Solves for `right[n]` in place with what [`factorized`] gave.
pub(super) fn solve(factor: &[f64], right: &mut [f64]) {
    let n = right.len();
    for i in 0..n {
        let known: f64 = (0..i).map(|k| factor[i * n + k] * right[k]).sum();
        right[i] = (right[i] - known) / factor[i * n + i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| factor[k * n + i] * right[k]).sum();
        right[i] = (right[i] - known) / factor[i * n + i];
    }
}

/// Appends how far a row lies along each axis from `middle`.
pub(super) fn project(row: &[f64], middle: &[f64], axes: &[Vec<f64>], out: &mut Vec<f64>) {
    out.extend(axes.iter().map(|axis| axis.iter().zip(row.iter().zip(middle)).map(|(a, (v, m))| a * (v - m)).sum::<f64>()));
}
