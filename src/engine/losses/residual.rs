//! Losses of residuals alone: what they share.

use super::{Loss, Target};
use crate::kernels::wgsl::Wgsl;

/// What one residual costs, and how that changes with it.
pub(super) trait Cost: Send {
    /// Loss of the residual `p − y`, and its slope.
    fn at(&self, residual: f32) -> (f32, f32);

    /// The same on the GPU: `cost(r)`.
    fn wgsl(&self) -> Wgsl;
}

/// Costs of residuals, averaged over samples and outputs.
pub(super) struct Residuals<C>(pub C);

impl<C: Cost> Loss for Residuals<C> {
    fn add(&self, output: &[f32], target: Target<'_>, outputs: usize, batch: usize, mut sum: f32, grad: &mut [f32]) -> f32 {
        let scale = 1.0 / (batch * outputs) as f32;
        for (b, (row, g)) in output.chunks_exact(outputs).zip(grad.chunks_exact_mut(outputs)).enumerate() {
            for (o, (p, g)) in row.iter().zip(g).enumerate() {
                let (cost, slope) = self.0.at(p - target.at(b, o, outputs));
                sum += cost;
                *g = slope * scale;
            }
        }
        sum
    }

    fn mean(&self, sum: f32, batch: usize, outputs: usize) -> f32 {
        sum * (1.0 / (batch * outputs) as f32)
    }

    fn wgsl(&self, _: usize) -> Option<Wgsl> {
        Some(wgsl!("residual.wgsl").join(&self.0.wgsl()))
    }
}
