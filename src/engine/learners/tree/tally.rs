//! What is counted of the samples in a node, and how mixed they are.

use crate::engine::learners::Target;

/// What makes a node mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// Chance to take a sample for another's class: 1 − Σ p².
    Gini,
    /// −Σ p log₂ p.
    Entropy,
    /// Variance of the values; what values always have.
    Squares,
}

/// Counts of classes, or the sum and the sum of squares of values, of samples that weigh in all `weight`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    pub criterion: Criterion,
    pub weight: f64,
    /// Weight of each class; for values their sum and the sum of their squares.
    sums: Vec<f64>,
    /// Sum of the squares of the classes' weights.
    squares: f64,
}

impl Tally {
    /// Of no samples.
    pub fn new(target: &Target, criterion: Criterion) -> Self {
        let (criterion, sums) = match target {
            Target::Classes { count, .. } => (criterion, *count),
            Target::Values(_) => (Criterion::Squares, 2),
        };
        Self { criterion, weight: 0.0, sums: vec![0.0; sums], squares: 0.0 }
    }

    pub fn clear(&mut self) {
        self.weight = 0.0;
        self.squares = 0.0;
        self.sums.fill(0.0);
    }

    pub fn copy(&mut self, other: &Self) {
        self.weight = other.weight;
        self.squares = other.squares;
        self.sums.copy_from_slice(&other.sums);
    }

    /// Adds sample `row`, or takes it away with a negative weight.
    pub fn add(&mut self, target: &Target, row: usize, weight: f64) {
        self.weight += weight;
        match target {
            Target::Classes { of, .. } => {
                let count = &mut self.sums[of[row] as usize];
                self.squares += weight * (2.0 * *count + weight);
                *count += weight;
            }
            Target::Values(values) => {
                let value = f64::from(values[row]);
                self.sums[0] += weight * value;
                self.sums[1] += weight * value * value;
            }
        }
    }

    /// How mixed the samples are.
    pub fn impurity(&self) -> f64 {
        if self.weight <= 0.0 {
            return 0.0;
        }
        match self.criterion {
            Criterion::Gini => 1.0 - self.squares / (self.weight * self.weight),
            Criterion::Entropy => {
                -self.sums.iter().filter(|c| **c > 0.0).map(|c| c / self.weight * libm::log2(c / self.weight)).sum::<f64>()
            }
            Criterion::Squares => {
                let (mean, square) = (self.sums[0] / self.weight, self.sums[1] / self.weight);
                let variance = square - mean * mean;
                // What rounding leaves of equal values is nothing.
                if variance > 8.0 * f64::EPSILON * square { variance } else { 0.0 }
            }
        }
    }

    /// What is larger, the purer a part is, so that the best split has the largest sum of it: weight times what impurity lacks to a constant.
    pub fn purity(&self) -> f64 {
        match self.criterion {
            Criterion::Gini => self.squares / self.weight,
            Criterion::Entropy => -self.weight * self.impurity(),
            Criterion::Squares => self.sums[0] * self.sums[0] / self.weight,
        }
    }

    /// The answer of a node: shares of the classes, or the mean. With two classes the first share is what the second leaves.
    pub fn answer(&self, out: &mut Vec<f32>) {
        match (self.criterion, self.sums.len()) {
            (Criterion::Squares, _) => out.push((self.sums[0] / self.weight) as f32),
            (_, 2) => {
                let second = (self.sums[1] / self.weight) as f32;
                out.extend([1.0 - second, second]);
            }
            _ => out.extend(self.sums.iter().map(|c| (c / self.weight) as f32)),
        }
    }
}
