//! How good outputs are: accuracy for classes, R² and mean absolute error for values.

use crate::engine::{data::Task, losses::Target};

/// Index of the largest value; the first of equals, 0 for an empty slice.
#[must_use]
pub fn argmax(values: &[f32]) -> usize {
    values.iter().enumerate().fold((0, f32::NEG_INFINITY), |best, (i, v)| if *v > best.1 { (i, *v) } else { best }).0
}

/// A running score over samples. Targets of regressions are standardised, so their mean on the training set is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    samples: f64,
    hits: f64,
    squared_error: f64,
    absolute_error: f64,
    sum: f64,
    squared_sum: f64,
}

impl Score {
    /// Counts a mini-batch of `output[B, O]`.
    pub fn add(&mut self, output: &[f32], target: Target<'_>, outputs: usize) {
        match target {
            Target::Classes(classes) => {
                for (row, class) in output.chunks_exact(outputs).zip(classes) {
                    self.hits += f64::from(u8::from(argmax(row) == *class as usize));
                    self.samples += 1.0;
                }
            }
            Target::Values(values) => {
                for (p, y) in output.iter().zip(values) {
                    let residual = f64::from(p - y);
                    self.squared_error += residual * residual;
                    self.absolute_error += residual.abs();
                    self.sum += f64::from(*y);
                    self.squared_sum += f64::from(*y) * f64::from(*y);
                    self.samples += 1.0;
                }
            }
        }
    }

    /// Counts a mini-batch that was judged elsewhere: so many `right` or, for values, the sums of their squared and absolute errors.
    /// `values` are what it should have given, none for classes.
    pub fn add_judged(&mut self, samples: usize, [right, absolute]: [f32; 2], values: impl Iterator<Item = f32>) {
        let before = self.samples;
        for y in values.map(f64::from) {
            self.sum += y;
            self.squared_sum += y * y;
            self.samples += 1.0;
        }
        if self.samples > before {
            self.squared_error += f64::from(right);
            self.absolute_error += f64::from(absolute);
        } else {
            self.hits += f64::from(right);
            self.samples += samples as f64;
        }
    }

    /// Accuracy from 0 to 1 for classes; the coefficient of determination R² (at most 1, below 0 where the mean would do
    /// better) for values. 0 before any sample.
    #[must_use]
    pub fn value(&self, task: &Task) -> f32 {
        if self.samples == 0.0 {
            return 0.0;
        }
        match task {
            Task::Classes(_) => (self.hits / self.samples) as f32,
            Task::Value { .. } => {
                let total = self.squared_sum - self.sum * self.sum / self.samples;
                if total > 0.0 { (1.0 - self.squared_error / total) as f32 } else { 0.0 }
            }
        }
    }

    /// Mean absolute error in the target's own unit; `None` for classes.
    #[must_use]
    pub fn mae(&self, task: &Task) -> Option<f32> {
        match task {
            Task::Value { scale, .. } if self.samples > 0.0 => Some((self.absolute_error / self.samples) as f32 / scale),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_counts_hits() {
        let task = Task::Classes(vec!["a".into(), "b".into()]);
        let mut score = Score::default();
        score.add(&[0.1, 0.9, 0.8, 0.2, 0.3, 0.7], Target::Classes(&[1, 1, 1]), 2);
        assert!((score.value(&task) - 2.0 / 3.0).abs() < 1e-6);
        assert_eq!(score.mae(&task), None);
    }

    #[test]
    fn r2_is_one_for_truth_zero_for_the_mean() {
        let task = Task::Value { name: "y".into(), shift: 0.0, scale: 0.5 };
        let (mut truth, mut mean) = (Score::default(), Score::default());
        truth.add(&[1.0, 2.0, 3.0], Target::Values(&[1.0, 2.0, 3.0]), 1);
        mean.add(&[2.0, 2.0, 2.0], Target::Values(&[1.0, 2.0, 3.0]), 1);
        assert_eq!(truth.value(&task), 1.0);
        assert!(mean.value(&task).abs() < 1e-6);
        assert!((mean.mae(&task).unwrap() - 4.0 / 3.0).abs() < 1e-6, "in the target's unit: divided by the scale");
    }

    #[test]
    fn what_was_judged_elsewhere_counts_alike() {
        let (mut here, mut there) = (Score::default(), Score::default());
        here.add(&[1.0, 2.5], Target::Values(&[1.5, 2.0]), 1);
        there.add_judged(2, [0.5, 1.0], [1.5, 2.0].into_iter());
        assert_eq!(here, there);
        here.add(&[0.1, 0.9, 0.8, 0.2], Target::Classes(&[1, 1]), 2);
        there.add_judged(2, [1.0, 0.0], std::iter::empty());
        assert_eq!(here, there);
    }

    #[test]
    fn nothing_seen_scores_zero() {
        assert_eq!(Score::default().value(&Task::Classes(vec![])), 0.0);
    }
}
