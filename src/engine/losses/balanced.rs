//! Class weights.

use super::{Loss, Target};
use crate::kernels::wgsl::Wgsl;

/// `loss` with each sample weighted by how rare its class is among `classes`, those of the training samples: `n / (k · n_c)` for `n` samples of `k` classes, of which
/// `n_c` are of class `c` (King & Zeng 2001; "balanced" in scikit-learn). Over the training samples the weights average 1. The mean is over samples, not over weights.
/// Targets that are shares of several classes are weighted by the mean of those. On the CPU alone.
#[must_use]
pub fn balanced(loss: Box<dyn Loss>, classes: &[u32], outputs: usize) -> Box<dyn Loss> {
    let mut weights = vec![0.0; outputs];
    classes.iter().for_each(|class| weights[*class as usize] += 1.0);
    let present = weights.iter().filter(|n| **n > 0.0).count().max(1);
    // A class without samples has no share in any sum.
    weights.iter_mut().filter(|n| **n > 0.0).for_each(|n| *n = classes.len() as f64 / (present as f64 * *n));
    Box::new(Balanced { loss, weights: weights.into_iter().map(|w| w as f32).collect() })
}

struct Balanced {
    loss: Box<dyn Loss>,
    weights: Vec<f32>,
}

impl Loss for Balanced {
    fn add(&self, output: &[f32], target: Target<'_>, outputs: usize, batch: usize, mut sum: f32, grad: &mut [f32]) -> f32 {
        for (b, (z, g)) in output.chunks_exact(outputs).zip(grad.chunks_exact_mut(outputs)).enumerate() {
            let one = match target {
                Target::Classes(classes) => Target::Classes(&classes[b..=b]),
                Target::Values(values) => Target::Values(&values[b * outputs..(b + 1) * outputs]),
            };
            let weight: f32 = self.weights.iter().enumerate().map(|(c, w)| w * one.at(0, c, outputs)).sum();
            sum += weight * self.loss.add(z, one, outputs, batch, 0.0, g);
            g.iter_mut().for_each(|g| *g *= weight);
        }
        sum
    }

    fn mean(&self, sum: f32, batch: usize, outputs: usize) -> f32 {
        self.loss.mean(sum, batch, outputs)
    }

    fn wgsl(&self, _: usize) -> Option<Wgsl> {
        None
    }
}
