//! Lasso and elastic net by coordinate descent (Friedman, Hastie & Tibshirani 2010): weight after weight is set to its best, all others as they are.

use super::{
    Settings,
    model::Linear,
    proximal::soft,
    squares::{means, model},
};
use crate::engine::learners::{Table, table::mean};

/// Largest move of a pass, relative to the largest weight, at which it has converged.
const TOLERANCE: f64 = 1e-10;

/// The weights under way.
pub struct Descent {
    /// Columns one after the other, `[features, rows]`.
    columns: Vec<f32>,
    means: Vec<f64>,
    mean: f64,
    /// Mean square of each column around its mean.
    squares: Vec<f64>,
    residual: Vec<f64>,
    weights: Vec<f64>,
    l1: f64,
    l2: f64,
}

impl Descent {
    pub fn new(table: &Table, values: &[f32], settings: Settings) -> Self {
        let (means, mean, rows) = (means(table), mean(values), table.rows);
        let columns: Vec<f32> = (0..table.features).flat_map(|f| (0..rows).map(move |i| table.inputs[i * table.features + f])).collect();
        let square =
            |(column, m): (&[f32], &f64)| column.iter().map(|x| (f64::from(*x) - m) * (f64::from(*x) - m)).sum::<f64>() / rows as f64;
        let squares = columns.chunks_exact(rows).zip(&means).map(square).collect();
        let residual = values.iter().map(|v| f64::from(*v) - mean).collect();
        let weights = vec![0.0; table.features];
        Self { columns, means, mean, squares, residual, weights, l1: settings.l1(), l2: settings.l2() }
    }

    /// Once over all weights. Says whether it has converged.
    pub fn pass(&mut self, table: &Table) -> bool {
        let rows = table.rows as f64;
        let (mut most, mut moved) = (0.0_f64, 0.0_f64);
        for (((w, column), m), square) in
            self.weights.iter_mut().zip(self.columns.chunks_exact(table.rows)).zip(&self.means).zip(&self.squares)
        {
            // A constant feature says nothing.
            if *square <= 0.0 {
                continue;
            }
            let along: f64 = column.iter().zip(&self.residual).map(|(x, r)| (f64::from(*x) - m) * r).sum::<f64>() / rows;
            let best = soft(along + square * *w, self.l1) / (square + self.l2);
            let by = best - *w;
            if by != 0.0 {
                self.residual.iter_mut().zip(column).for_each(|(r, x)| *r -= by * (f64::from(*x) - m));
            }
            *w = best;
            most = most.max(best.abs());
            moved = moved.max(by.abs());
        }
        moved <= TOLERANCE * most
    }

    pub fn model(&self) -> Linear {
        model(&self.weights, &self.means, self.mean)
    }
}
