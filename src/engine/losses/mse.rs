//! Mean squared error.

use super::{Loss, Target};
use crate::{engine::catalog::Entry, kernels::wgsl::Wgsl};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "mse",
    label: "Mean squared error",
    help: teach!("The mean squared distance between output and target. Doubling an error quadruples its cost, so outliers pull hard."),
    formula: teach!(r"L = \frac{1}{B\,O}\sum_{b,o} (p_{b,o} - y_{b,o})^2"),
    source: teach!("Legendre 1805, Nouvelles méthodes pour la détermination des orbites des comètes"),
    params: &[],
    build: |_| Box::new(Mse),
};

struct Mse;

impl Loss for Mse {
    fn add(&self, output: &[f32], target: Target<'_>, outputs: usize, batch: usize, mut sum: f32, grad: &mut [f32]) -> f32 {
        let scale = 1.0 / (batch * outputs) as f32;
        // Residuals first, then their squares and the gradient in one pass.
        match target {
            Target::Values(values) => grad.iter_mut().zip(output).zip(values).for_each(|((g, p), t)| *g = p - t),
            Target::Classes(classes) => {
                grad[..output.len()].copy_from_slice(output);
                for (g, class) in grad.chunks_exact_mut(outputs).zip(classes) {
                    g[*class as usize] -= 1.0;
                }
            }
        }
        for g in &mut grad[..output.len()] {
            sum += *g * *g;
            *g *= 2.0 * scale;
        }
        sum
    }

    fn mean(&self, sum: f32, batch: usize, outputs: usize) -> f32 {
        sum * (1.0 / (batch * outputs) as f32)
    }

    fn wgsl(&self, _: usize) -> Option<Wgsl> {
        Some(wgsl!("mse.wgsl"))
    }
}
