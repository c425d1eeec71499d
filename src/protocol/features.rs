//! Test samples before and behind a step that makes features.

use serde::{Deserialize, Serialize};

use super::F32s;

/// What a step does to some test samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureView {
    /// Catalogue keys of all steps of the run.
    pub steps: Vec<String>,
    /// Which of them is looked at, from 0.
    pub step: usize,
    /// Names of the columns that come in, the first 512.
    pub names: Vec<String>,
    /// Which two of them [`FeatureView::before`] holds.
    pub columns: (usize, usize),
    /// Names of the first two columns that go out; one where there is one.
    pub made: Vec<String>,
    /// Two columns of the samples that come in, `[samples, 2]`; NaN where something is missing.
    pub before: F32s,
    /// The first columns of the samples that go out, `[samples, made]`.
    pub after: F32s,
    /// Class of each sample, or what is to be predicted of it, standardised.
    pub labels: F32s,
    /// Test samples in all, of which the first are looked at.
    pub total: usize,
    /// Correlation of each column of [`FeatureView::names`] with both components among training samples, `[names, 2]`; empty for a step that does not turn columns into directions.
    pub loadings: F32s,
    /// Weights of the columns of [`FeatureView::names`] over their price; `None` for a step that fits no lasso.
    pub lasso: Option<LassoView>,
}

/// Weights of columns at falling penalties, fitted to training samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LassoView {
    /// Penalties α, the highest first.
    pub alphas: F32s,
    /// `[names, alphas]`.
    pub weights: F32s,
    /// Which of the penalties the step has.
    pub chosen: usize,
    /// Whether weights are magnitudes, the largest among the classes of each.
    pub magnitudes: bool,
}
