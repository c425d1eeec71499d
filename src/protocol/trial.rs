//! Trials: runs on some of the samples.

use serde::{Deserialize, Serialize};

use super::Evaluation;
use crate::engine::data::Selection;

/// What sets a trial apart from the run of the same experiment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Which samples it learns from and is judged on.
    pub selection: Selection,
    /// Seed by which the data set is drawn and split. The experiment's own is that of weights, mini-batches and whatever else is left to chance.
    pub seed: u64,
}

/// How the fp32 model of a trial answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// On all samples that it has learnt from.
    pub train: Evaluation,
    /// On its test samples.
    pub test: Evaluation,
    /// For each test sample the class, or the value in the target's own unit, that it gives, and what is right.
    pub given: Vec<f32>,
    /// See `given`.
    pub actual: Vec<f32>,
}
