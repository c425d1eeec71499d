//! Losses: what training makes small, one file each.

mod balanced;
mod cross_entropy;
mod custom;
pub mod expression;
mod focal;
mod hinge;
mod huber;
mod kl_divergence;
mod mae;
mod mse;
mod residual;
mod smooth_l1;

pub use balanced::balanced;
pub use custom::{FORMULA_KEY, PLAIN_FORMULA, custom};

use super::{
    catalog::{Catalog, catalog},
    data::Task,
    error::SpecError,
    params::Values,
};
use crate::kernels::wgsl::Wgsl;

/// Makes a loss from checked values.
pub type Build = fn(&Values) -> Box<dyn Loss>;

catalog! {
    /// Every loss, in the order of the page's menu.
    Build, kind: "loss", field: "loss", [
        cross_entropy::ENTRY,
        mse::ENTRY,
        mae::ENTRY,
        huber::ENTRY,
        smooth_l1::ENTRY,
        focal::ENTRY,
        kl_divergence::ENTRY,
        hinge::PLAIN,
        hinge::SQUARED,
        custom::ENTRY,
    ],
    cpu_only: [custom::ENTRY.key]
}

/// Those of [`CATALOG`] that a run can begin with before all of it is loaded.
pub const FIRST: Catalog<Build> = Catalog { entries: &[cross_entropy::ENTRY, mse::ENTRY], ..CATALOG };

/// What the network should have said.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Class of each sample, `[B]`, below the number of outputs.
    Classes(&'a [u32]),
    /// Values, `[B, O]`.
    Values(&'a [f32]),
}

impl Target<'_> {
    /// What output `o` of sample `b` should have been; a class is a one-hot row.
    #[must_use]
    pub fn at(&self, b: usize, o: usize, outputs: usize) -> f32 {
        match self {
            Self::Classes(classes) => f32::from(u8::from(classes[b] as usize == o)),
            Self::Values(values) => values[b * outputs + o],
        }
    }
}

/// Key of the one whose formula an experiment brings.
pub const CUSTOM: &str = custom::ENTRY.key;

/// Those that read outputs as scores of classes, and mean nothing for numbers.
const FOR_CLASSES: [&str; 5] = [cross_entropy::ENTRY.key, focal::ENTRY.key, kl_divergence::ENTRY.key, hinge::PLAIN.key, hinge::SQUARED.key];

/// Whether the loss `key` suits a task. Errors: it is for classes, and the task asks for a number.
pub fn check(key: &str, task: &Task) -> Result<(), SpecError> {
    if FOR_CLASSES.contains(&key) && matches!(task, Task::Value { .. }) {
        let reason = format!("{key} needs classes, and this data set asks for a number: choose mean squared error (mse)");
        return Err(SpecError::Incompatible { field: "loss".into(), reason });
    }
    Ok(())
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

    /// Its form on the GPU for so many outputs: `loss(b)`. `None` for one that only the CPU computes.
    fn wgsl(&self, outputs: usize) -> Option<Wgsl>;
}
