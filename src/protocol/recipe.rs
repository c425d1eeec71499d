//! What a recipe made of a model, step by step.

use serde::{Deserialize, Serialize};

use super::{Evaluation, Form, FormSize, Timing};

/// Where a recipe that is being carried out stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "a few are made, and none is kept")]
pub enum Recipe {
    /// It goes on.
    Working {
        /// The step at work; 0 is what comes before the first: judging the trained model.
        step: usize,
        /// Share of the whole recipe that is done, 0 to 1.
        share: f32,
    },
    /// A step is done.
    Stage(Stage),
    /// All are done; the last stage is what was made.
    Done,
    /// It was stopped, and what was made so far is gone.
    Stopped,
}

/// The model after a step of a recipe: stored, judged and timed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// How many steps made it; 0 is the trained model in fp32.
    pub step: usize,
    /// On all test samples.
    pub evaluation: Evaluation,
    /// On the samples that are held out to choose by; `None` where there are none.
    pub validation: Option<Evaluation>,
    /// Length of its file in each form.
    pub sizes: Vec<FormSize>,
    /// The smallest of them.
    pub best: Form,
    /// Parameters: of a network that lost units, what is left.
    pub params: u64,
    /// Share of its weights that are exactly zero.
    pub sparsity: f32,
    /// Multiply-accumulates per sample, without those that its kernels skip.
    pub macs: u64,
    /// The trained model in fp32, one sample at a time, measured in turn with this one.
    pub baseline: Timing,
    /// This one.
    pub timing: Timing,
    /// What runs each of its layers that computes something.
    pub kernels: Vec<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// Time that the step took, its training included, ms; nothing for judging and timing.
    pub took: f64,
}

impl Stage {
    /// Length of the smallest file.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.sizes.iter().find(|s| s.form == self.best).map_or(0, |s| s.bytes)
    }
}
