//! What a learner learns from.

use crate::engine::{
    data::{Samples, Task},
    error::SpecError,
};

/// Rows of numbers and what they should be answered with.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// How many samples.
    pub rows: usize,
    /// Values per sample.
    pub features: usize,
    /// `[rows, features]`.
    pub inputs: Vec<f32>,
    /// What is predicted.
    pub target: Target,
}

/// What is predicted of each row.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A class below `count`.
    Classes {
        /// Of each row, `[rows]`.
        of: Vec<u32>,
        /// How many classes there are, those without a row included.
        count: usize,
    },
    /// A value, `[rows]`.
    Values(Vec<f32>),
}

impl Table {
    /// `samples` of `features` values each, of a data set with `task`.
    #[must_use]
    pub fn of(samples: &Samples, features: usize, task: &Task) -> Self {
        let target = match task {
            Task::Classes(names) => Target::Classes { of: samples.classes.clone(), count: names.len() },
            Task::Value { .. } => Target::Values(samples.values.clone()),
        };
        Self { rows: samples.len, features, inputs: samples.inputs.clone(), target }
    }

    /// Values per row that a model of it gives.
    #[must_use]
    pub fn outputs(&self) -> usize {
        match &self.target {
            Target::Classes { count, .. } => *count,
            Target::Values(_) => 1,
        }
    }

    /// Row `at`.
    #[must_use]
    pub fn row(&self, at: usize) -> &[f32] {
        &self.inputs[at * self.features..(at + 1) * self.features]
    }

    /// Rows `which`, in that order; one may come more than once.
    #[must_use]
    pub fn only(&self, which: &[usize]) -> Self {
        let inputs = which.iter().flat_map(|at| self.row(*at)).copied().collect();
        let target = match &self.target {
            Target::Classes { of, count } => Target::Classes { of: which.iter().map(|at| of[*at]).collect(), count: *count },
            Target::Values(values) => Target::Values(which.iter().map(|at| values[*at]).collect()),
        };
        Self { rows: which.len(), features: self.features, inputs, target }
    }

    /// Whether it can be learnt from. Errors: no rows, no features, slices that do not fit together, or a class that does not exist.
    pub(super) fn check(&self) -> Result<(), SpecError> {
        let fits = match &self.target {
            Target::Classes { of, count } => of.len() == self.rows && of.iter().all(|class| (*class as usize) < *count),
            Target::Values(values) => values.len() == self.rows,
        };
        let reason = if self.rows == 0 || self.features == 0 {
            "there is nothing to learn from: the table has no rows or no features"
        } else if !fits || self.inputs.len() != self.rows * self.features {
            "inputs and targets do not fit together"
        } else {
            return Ok(());
        };
        Err(SpecError::Incompatible { field: super::LISTING.field.into(), reason: reason.into() })
    }
}

/// The share of each class among `of`: what is answered where nothing else is known. Without any row all are alike.
pub(super) fn shares(of: &[u32], count: usize) -> Vec<f64> {
    let mut shares = vec![0.0; count];
    of.iter().for_each(|class| shares[*class as usize] += 1.0);
    let all = of.len() as f64;
    shares.iter_mut().for_each(|share| *share = if all > 0.0 { *share / all } else { 1.0 / count as f64 });
    shares
}

/// The mean of `values`; 0 of none.
pub(super) fn mean(values: &[f32]) -> f64 {
    values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len().max(1) as f64
}
