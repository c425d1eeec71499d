//! Accelerated proximal gradient for a smooth loss with an L1 penalty (Beck & Teboulle 2009, FISTA), with backtracking, and started anew where momentum
//! leads uphill (O'Donoghue & Candès 2015). It asks for the loss and is told it.

use super::logistic::Logistic;
use crate::engine::learners::Table;

/// Largest move, relative to the largest weight, at which it has converged.
const TOLERANCE: f64 = 1e-8;

/// A search for the least loss plus `l1` times the magnitudes of weights.
pub struct Proximal {
    l1: f64,
    /// Curvature that is assumed: grown until the loss lies below its bound.
    curvature: f64,
    momentum: f64,
    best: Vec<f64>,
    /// Where momentum leads, with the loss and gradient there.
    ahead: Vec<f64>,
    loss: f64,
    gradient: Vec<f64>,
    asked: Vec<f64>,
    /// Whether a candidate was asked for, not the point ahead.
    candidate: bool,
}

impl Proximal {
    /// From all zeros.
    pub fn new(logistic: &Logistic, table: &Table, l1: f64) -> Self {
        let zeros = vec![0.0; logistic.parameters()];
        let squares: f64 = table.inputs.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
        // The curvature is at most a quarter of the mean squared length of a row and its 1; a share of that is a good first guess.
        let curvature = (1.0 + squares / table.rows as f64) / 32.0;
        let best = zeros.clone();
        Self {
            l1,
            curvature,
            momentum: 1.0,
            best,
            ahead: zeros.clone(),
            loss: 0.0,
            gradient: zeros.clone(),
            asked: zeros,
            candidate: false,
        }
    }

    /// Where the loss is to be evaluated.
    pub fn asked(&self) -> &[f64] {
        &self.asked
    }

    /// Where it is.
    pub fn best(&self) -> &[f64] {
        &self.best
    }

    /// Told `loss` and `gradient` where it asked; the first `weights` parameters are penalized. Says whether that was a step, and whether it has converged.
    pub fn tell(&mut self, loss: f64, gradient: &[f64], weights: usize) -> (bool, bool) {
        if !self.candidate {
            self.loss = loss;
            self.gradient.copy_from_slice(gradient);
            self.try_step(weights);
            return (false, false);
        }
        let (mut linear, mut squares) = (0.0, 0.0);
        for ((z, y), g) in self.asked.iter().zip(&self.ahead).zip(&self.gradient) {
            linear += g * (z - y);
            squares += (z - y) * (z - y);
        }
        if loss > self.loss + linear + 0.5 * self.curvature * squares + 1e-14 * loss.abs() && self.curvature < 1e30 {
            self.curvature *= 2.0;
            self.try_step(weights);
            return (false, false);
        }
        let (mut most, mut moved, mut uphill) = (1.0_f64, 0.0_f64, 0.0);
        for ((z, y), x) in self.asked.iter().zip(&self.ahead).zip(&self.best) {
            most = most.max(z.abs());
            moved = moved.max((z - x).abs()).max((z - y).abs());
            uphill += (y - z) * (z - x);
        }
        let before = if uphill > 0.0 { 1.0 } else { self.momentum };
        self.momentum = 0.5 * (1.0 + (1.0 + 4.0 * before * before).sqrt());
        let share = (before - 1.0) / self.momentum;
        for ((y, x), z) in self.ahead.iter_mut().zip(&mut self.best).zip(&self.asked) {
            *y = z + share * (z - *x);
            *x = *z;
        }
        self.asked.copy_from_slice(&self.ahead);
        self.candidate = false;
        (true, moved <= TOLERANCE * most)
    }

    /// A step down from the point ahead, and each weight towards 0.
    fn try_step(&mut self, weights: usize) {
        let bound = self.l1 / self.curvature;
        for (at, ((z, y), g)) in self.asked.iter_mut().zip(&self.ahead).zip(&self.gradient).enumerate() {
            let there = y - g / self.curvature;
            *z = if at < weights { soft(there, bound) } else { there };
        }
        self.candidate = true;
    }
}

/// `value` moved towards 0 by `bound`, at most to it.
pub fn soft(value: f64, bound: f64) -> f64 {
    if value > bound {
        value - bound
    } else if value < -bound {
        value + bound
    } else {
        0.0
    }
}
