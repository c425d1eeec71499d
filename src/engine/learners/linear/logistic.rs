//! The mean logistic loss with an L2 penalty, and its gradient, evaluated some rows at a time.
//!
//! Two classes have one sum, as in scikit-learn: with a penalty on the weights that is another optimum than that of two sums.

use super::model::Linear;
use crate::engine::learners::{
    Table, Target,
    link::{Link, sigmoid, softmax},
};

/// The loss, and where its evaluation stands.
pub struct Logistic {
    classes: usize,
    features: usize,
    samples: f64,
    /// Half of it times the squared weights is added to the mean loss.
    l2: f64,
    row: usize,
    loss: f64,
    gradient: Vec<f64>,
    sums: Vec<f64>,
}

impl Logistic {
    pub fn new(of: &[u32], classes: usize, features: usize, l2: f64) -> Self {
        let sums = if classes == 2 { 1 } else { classes };
        let gradient = vec![0.0; (features + 1) * sums];
        Self { classes, features, samples: of.len() as f64, l2, row: 0, loss: 0.0, gradient, sums: vec![0.0; sums] }
    }

    /// Sums per sample.
    pub fn sums(&self) -> usize {
        self.sums.len()
    }

    /// Weights `[features, sums]`, then one intercept per sum.
    pub fn parameters(&self) -> usize {
        self.gradient.len()
    }

    /// Goes on with at most `rows` rows at the parameters `at`, which stay the same until the loss is there.
    pub fn evaluate(&mut self, at: &[f64], table: &Table, rows: usize) -> Option<f64> {
        let Target::Classes { of, .. } = &table.target else { return Some(0.0) };
        if self.row == 0 {
            self.loss = 0.0;
            self.gradient.fill(0.0);
        }
        let sums = self.sums.len();
        let (weights, intercepts) = at.split_at(self.features * sums);
        let end = (self.row + rows).min(table.rows);
        let range = self.row * self.features..end * self.features;
        for (row, class) in table.inputs[range].chunks_exact(self.features).zip(&of[self.row..end]) {
            let class = *class as usize;
            self.sums.copy_from_slice(intercepts);
            for (x, weights) in row.iter().zip(weights.chunks_exact(sums)) {
                let x = f64::from(*x);
                self.sums.iter_mut().zip(weights).for_each(|(s, w)| *s += x * w);
            }
            if self.classes == 2 {
                let signed = if class == 1 { self.sums[0] } else { -self.sums[0] };
                // log(1 + e⁻ˢ), whose exponential does not overflow.
                self.loss += libm::log1p(libm::exp(-signed.abs())) + (-signed).max(0.0);
                self.sums[0] = sigmoid(self.sums[0]) - f64::from(u8::from(class == 1));
            } else {
                let own = self.sums[class];
                let most = self.sums.iter().fold(f64::NEG_INFINITY, |most, s| most.max(*s));
                let all: f64 = self.sums.iter().map(|s| libm::exp(s - most)).sum();
                self.loss += libm::log(all) + most - own;
                softmax(&mut self.sums);
                self.sums[class] -= 1.0;
            }
            let (by_weights, by_intercepts) = self.gradient.split_at_mut(self.features * sums);
            for (x, gradient) in row.iter().zip(by_weights.chunks_exact_mut(sums)) {
                let x = f64::from(*x);
                gradient.iter_mut().zip(&self.sums).for_each(|(g, r)| *g += x * r);
            }
            by_intercepts.iter_mut().zip(&self.sums).for_each(|(g, r)| *g += r);
        }
        self.row = end;
        if end < table.rows {
            return None;
        }
        self.row = 0;
        let mut loss = self.loss / self.samples;
        self.gradient.iter_mut().for_each(|g| *g /= self.samples);
        for (g, w) in self.gradient.iter_mut().zip(weights) {
            *g += self.l2 * w;
            loss += 0.5 * self.l2 * w * w;
        }
        Some(loss)
    }

    /// The gradient where the loss was evaluated last.
    pub fn gradient(&self) -> &[f64] {
        &self.gradient
    }

    /// The model with the parameters `at`.
    pub fn model(&self, at: &[f64]) -> Linear {
        let (weights, intercepts) = at.split_at(self.features * self.sums.len());
        let narrow = |values: &[f64]| values.iter().map(|v| *v as f32).collect::<Vec<_>>();
        Linear::new(narrow(weights), narrow(intercepts), Link::classes(self.classes))
    }
}
