//! Losses: what training makes small, one file each.

mod cross_entropy;
mod mse;

use super::{catalog::catalog, params::Values};
use crate::kernels::wgsl::Wgsl;

/// Makes a loss from checked values.
pub type Build = fn(&Values) -> Box<dyn Loss>;

catalog! {
    /// Every loss, in the order of the page's menu.
    Build, kind: "loss", field: "loss", [
        cross_entropy::ENTRY,
        mse::ENTRY,
    ]
}

/// What the network should have said.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Class of each sample, `[B]`, below the number of outputs.
    Classes(&'a [u32]),
    /// Values, `[B, O]`.
    Values(&'a [f32]),
}

/// A loss, averaged over the mini-batch.
pub trait Loss: Send {
    /// Adds the losses of `output[B, O]`, one after the other, to `sum`, and writes the gradient of the mean over all `batch` samples
    /// (of which these may be a part) to `grad[B, O]`. Gives the sum.
    ///
    /// Classes are understood as one-hot values where a loss compares values. NaN in gives NaN out, and the run stops.
    fn add(&self, output: &[f32], target: Target<'_>, outputs: usize, batch: usize, sum: f32, grad: &mut [f32]) -> f32;

    /// The mean over `batch` samples whose losses add up to `sum`.
    fn mean(&self, sum: f32, batch: usize, outputs: usize) -> f32;

    /// The loss of `output[B, O]`, a whole mini-batch, and its gradient by the output into `grad[B, O]`.
    fn eval(&self, output: &[f32], target: Target<'_>, outputs: usize, grad: &mut [f32]) -> f32 {
        if output.is_empty() || outputs == 0 {
            return 0.0;
        }
        let batch = output.len() / outputs;
        self.mean(self.add(output, target, outputs, batch, 0.0, grad), batch, outputs)
    }

    /// Its form on the GPU for so many outputs: `loss(b)`.
    fn wgsl(&self, outputs: usize) -> Wgsl;
}
