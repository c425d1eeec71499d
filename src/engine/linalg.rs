//! Eigenvalues of symmetric matrices, for all that asks for them: axes of features, factors of weights, the plane of a path.
//!
//! Not here, because it is another computation to the bit: the Cholesky factor of `features/linalg.rs` (sums in order, a handful of columns) and that of
//! `quantization/rounding/hessian.rs` (four sums side by side, thousands of inputs, pivots held up by the damping).

use nalgebra::{DMatrix, DVector, DVectorView, SymmetricEigen};

/// Eigenvalues of a symmetric matrix with their unit vectors, the largest first; of equals, the one that was found first.
pub struct Eigen {
    vectors: DMatrix<f64>,
    values: DVector<f64>,
    order: Vec<usize>,
}

impl Eigen {
    /// Of `matrix[n, n]`, which is finite and symmetric: its lower triangle counts. `None` where they are not found.
    pub fn of(matrix: DMatrix<f64>) -> Option<Self> {
        let SymmetricEigen { eigenvectors, eigenvalues } = SymmetricEigen::try_new(matrix, f64::EPSILON, 0)?;
        let mut order: Vec<usize> = (0..eigenvalues.len()).collect();
        crate::order::sort(&mut order, &|a, b| eigenvalues[b].total_cmp(&eigenvalues[a]));
        Some(Self { vectors: eigenvectors, values: eigenvalues, order })
    }

    /// How many there are: `n`.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// The one at `place`, the largest at 0.
    pub fn value(&self, place: usize) -> f64 {
        self.values[self.order[place]]
    }

    /// Its vector, `n` numbers; which of the two signs it has is left to [`sign`].
    pub fn vector(&self, place: usize) -> DVectorView<'_, f64> {
        self.vectors.column(self.order[place])
    }

    /// Sum of those that are positive: rounding makes negative ones of zeros.
    pub fn total(&self) -> f64 {
        self.values.iter().filter(|v| **v > 0.0).sum()
    }
}

/// The sign of an eigenvector is free. This one, 1 or -1, makes its largest number positive.
pub fn sign<'a>(vector: impl IntoIterator<Item = &'a f64>) -> f64 {
    let largest = vector.into_iter().fold(0.0_f64, |most, v| if v.abs() > most.abs() { *v } else { most });
    if largest < 0.0 { -1.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    #[test]
    fn a_matrix_is_the_sum_of_its_parts() {
        let mut rng = Rng::new(11, 0);
        for n in [1, 2, 3, 7, 20] {
            let half = DMatrix::from_fn(n, n, |_, _| f64::from(rng.normal()));
            let matrix = &half + half.transpose();
            let eigen = Eigen::of(matrix.clone()).unwrap();
            assert_eq!(eigen.len(), n);
            assert!((1..n).all(|i| eigen.value(i - 1) >= eigen.value(i)));
            let sum = (0..n).fold(DMatrix::zeros(n, n), |sum, i| sum + eigen.vector(i) * eigen.vector(i).transpose() * eigen.value(i));
            assert!((sum - &matrix).amax() < 1e-10 * matrix.amax().max(1.0), "{n}");
            let positive: f64 = (0..n).map(|i| eigen.value(i).max(0.0)).sum();
            assert!((eigen.total() - positive).abs() < 1e-10);
        }
    }

    #[test]
    fn the_largest_number_is_made_positive() {
        for (vector, wanted) in [(&[0.1, -0.9, 0.3][..], -1.0), (&[0.9, -0.1], 1.0), (&[0.0], 1.0), (&[], 1.0), (&[0.5, -0.5], 1.0)] {
            assert_eq!(sign(vector), wanted, "{vector:?}");
        }
    }
}
