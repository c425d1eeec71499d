//! Least squares and ridge regression by conjugate gradients on the rows themselves (CGLS, Björck 1996): it ends where a direct solution would, of several
//! the shortest, and does so in steps.

use super::model::Linear;
use crate::engine::learners::{Table, link::Link, table::mean};

/// How small the gradient becomes, relative to the first.
const TOLERANCE: f64 = 1e-13;

/// The solution under way: the least of ‖y − Xw‖² + penalty·‖w‖², of columns and values without their means.
pub struct Squares {
    means: Vec<f64>,
    mean: f64,
    penalty: f64,
    weights: Vec<f64>,
    residual: Vec<f64>,
    direction: Vec<f64>,
    /// Squared length of the gradient: now and at first.
    norm: f64,
    first: f64,
}

/// Mean of each column.
pub fn means(table: &Table) -> Vec<f64> {
    let mut means = vec![0.0; table.features];
    for row in table.inputs.chunks_exact(table.features) {
        means.iter_mut().zip(row).for_each(|(m, x)| *m += f64::from(*x));
    }
    means.iter_mut().for_each(|m| *m /= table.rows as f64);
    means
}

impl Squares {
    /// With `l2` as the weight of half the squared weights beside the mean of half the squared errors.
    pub fn new(table: &Table, values: &[f32], l2: f64) -> Self {
        let mean = mean(values);
        let residual: Vec<f64> = values.iter().map(|v| f64::from(*v) - mean).collect();
        let mut squares = Self {
            means: means(table),
            mean,
            penalty: l2 * table.rows as f64,
            weights: vec![0.0; table.features],
            residual,
            direction: Vec::new(),
            norm: 0.0,
            first: 0.0,
        };
        squares.direction = squares.gradient(table);
        squares.norm = squares.direction.iter().map(|s| s * s).sum();
        squares.first = squares.norm;
        squares
    }

    /// Xᵀr − penalty·w.
    fn gradient(&self, table: &Table) -> Vec<f64> {
        let mut gradient: Vec<f64> = self.weights.iter().map(|w| -self.penalty * w).collect();
        for (row, r) in table.inputs.chunks_exact(table.features).zip(&self.residual) {
            for ((g, x), m) in gradient.iter_mut().zip(row).zip(&self.means) {
                *g += (f64::from(*x) - m) * r;
            }
        }
        gradient
    }

    /// One step. Says whether it has converged.
    pub fn step(&mut self, table: &Table) -> bool {
        if self.norm <= TOLERANCE * TOLERANCE * self.first || self.norm == 0.0 {
            return true;
        }
        let along =
            |row: &[f32]| -> f64 { row.iter().zip(&self.means).zip(&self.direction).map(|((x, m), d)| (f64::from(*x) - m) * d).sum() };
        let change: Vec<f64> = table.inputs.chunks_exact(table.features).map(along).collect();
        let curvature = change.iter().map(|q| q * q).sum::<f64>() + self.penalty * self.direction.iter().map(|d| d * d).sum::<f64>();
        if curvature <= 0.0 {
            return true;
        }
        let step = self.norm / curvature;
        self.weights.iter_mut().zip(&self.direction).for_each(|(w, d)| *w += step * d);
        self.residual.iter_mut().zip(&change).for_each(|(r, q)| *r -= step * q);
        let gradient = self.gradient(table);
        let norm: f64 = gradient.iter().map(|s| s * s).sum();
        let kept = norm / self.norm;
        self.direction.iter_mut().zip(&gradient).for_each(|(d, s)| *d = s + kept * *d);
        self.norm = norm;
        norm <= TOLERANCE * TOLERANCE * self.first
    }

    pub fn model(&self) -> Linear {
        model(&self.weights, &self.means, self.mean)
    }
}

/// The model with `weights` of columns without their `means`, for values around `mean`.
pub fn model(weights: &[f64], means: &[f64], mean: f64) -> Linear {
    let shift: f64 = weights.iter().zip(means).map(|(w, m)| w * m).sum();
    Linear::new(weights.iter().map(|w| *w as f32).collect(), vec![(mean - shift) as f32], Link::Values)
}
