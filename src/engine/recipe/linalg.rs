//! Factors of a matrix.

use nalgebra::DMatrix;

use crate::engine::linalg::{Eigen, sign};

/// Two matrices whose product stands for a third.
pub struct Factors {
    /// `[K, R]`.
    pub left: Vec<f32>,
    /// `[R, N]`.
    pub right: Vec<f32>,
    /// `R`.
    pub rank: usize,
}

/// The product of rank `R` that is nearest to `weights[K, N]` (Eckart & Young 1936), with the smallest `R` that keeps the share `energy` of its
/// squares: the truncated singular value decomposition, of whose singular values each factor gets the square root, so that both have
/// weights of a like size. `None` where there is nothing to factorize.
///
/// Singular values come from the eigenvalues of the smaller Gram matrix in double precision: those below some 10⁻⁸ of the largest are lost in
/// rounding, which weights in single precision never notice.
pub fn factorize(weights: &[f32], (inputs, units): (usize, usize), energy: f64) -> Option<Factors> {
    if inputs == 0 || units == 0 {
        return None;
    }
    let matrix = DMatrix::from_row_iterator(inputs, units, weights.iter().map(|w| f64::from(*w)));
    let wide = units > inputs;
    let gram = if wide { &matrix * matrix.transpose() } else { matrix.tr_mul(&matrix) };
    let eigen = Eigen::of(gram)?;
    let total = eigen.total();
    if total <= 0.0 {
        return None;
    }
    let mut kept = 0.0;
    let needed = (0..eigen.len()).position(|i| {
        kept += eigen.value(i).max(0.0);
        kept >= energy * total
    });
    let rank = needed.map_or(eigen.len(), |at| at + 1);
    // Of the direction with singular value σ: the eigenvector times √σ on its own side, the matrix times it over √σ on the other.
    let (mut left, mut right) = (vec![0.0; inputs * rank], vec![0.0; rank * units]);
    for r in 0..rank {
        let vector = eigen.vector(r);
        let root = eigen.value(r).max(0.0).sqrt().sqrt() * sign(vector);
        let own = vector.map(|v| (v * root) as f32);
        let other = if wide { matrix.tr_mul(&vector) } else { &matrix * vector };
        let other = other.map(|v| if root == 0.0 { 0.0 } else { (v / root) as f32 });
        let (of_inputs, of_units) = if wide { (own, other) } else { (other, own) };
        (0..inputs).for_each(|k| left[k * rank + r] = of_inputs[k]);
        right[r * units..(r + 1) * units].copy_from_slice(of_units.as_slice());
    }
    Some(Factors { left, right, rank })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    fn product(factors: &Factors, (inputs, units): (usize, usize)) -> Vec<f64> {
        let Factors { left, right, rank } = factors;
        (0..inputs * units)
            .map(|at| {
                let (k, n) = (at / units, at % units);
                (0..*rank).map(|r| f64::from(left[k * rank + r]) * f64::from(right[r * units + n])).sum()
            })
            .collect()
    }

    #[test]
    fn full_energy_gives_the_matrix_back() {
        let mut rng = Rng::new(5, 0);
        for size in [(1, 1), (1, 7), (7, 1), (12, 5), (5, 12), (9, 9), (40, 17)] {
            let weights: Vec<f32> = (0..size.0 * size.1).map(|_| rng.normal()).collect();
            let factors = factorize(&weights, size, 1.0).expect("numbers");
            assert!(factors.rank <= size.0.min(size.1));
            for (got, want) in product(&factors, size).iter().zip(&weights) {
                assert!((got - f64::from(*want)).abs() < 1e-4, "{size:?}: {got} instead of {want}");
            }
        }
    }

    /// A matrix of rank two, of which noise hides nothing.
    #[test]
    fn the_rank_is_found_and_error_is_the_energy_left_out() {
        let (inputs, units) = (20, 11);
        let mut rng = Rng::new(7, 0);
        let mut vector = |n: usize| -> Vec<f32> { (0..n).map(|_| rng.normal()).collect() };
        let (a, b, c, d) = (vector(inputs), vector(units), vector(inputs), vector(units));
        let weights: Vec<f32> = (0..inputs * units).map(|at| a[at / units] * b[at % units] + 0.3 * c[at / units] * d[at % units]).collect();
        assert_eq!(factorize(&weights, (inputs, units), 0.999_999).expect("numbers").rank, 2);
        let energy = 0.9;
        let one = factorize(&weights, (inputs, units), energy).expect("numbers");
        let (mut off, mut all) = (0.0, 0.0);
        for (got, want) in product(&one, (inputs, units)).iter().zip(&weights) {
            off += (got - f64::from(*want)).powi(2);
            all += f64::from(*want).powi(2);
        }
        assert!(one.rank == 1 && off <= (1.0 - energy) * all, "{} of {all} is left out", off);
    }

    #[test]
    fn nothing_has_no_factors() {
        assert!(factorize(&[0.0; 6], (2, 3), 0.9).is_none());
        assert!(factorize(&[], (0, 3), 0.9).is_none());
    }
}
