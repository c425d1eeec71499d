//! What compression breaks: the answers that differ between the fp32 and the optimized model.

use serde::{Deserialize, Serialize};

use super::Sample;

/// Both models' answers to all test samples, held against each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// Test samples.
    pub samples: usize,
    /// Share of which both say the same class, 0 to 1.
    pub agreement: f32,
    /// Mean Kullback-Leibler divergence of the optimized model's probabilities from the fp32 model's, nats.
    pub divergence: f32,
    /// For each actual class, how many answers changed from right to wrong, from wrong to right, and from wrong to wrong.
    pub changes: Vec<[u32; 3]>,
    /// Of each feature of a table, the half of the test samples that lost more accuracy than the other half, the widest gap first, twelve at most. Features
    /// that split off no changed answer are left out; images have none.
    pub groups: Vec<Group>,
    /// Calibration of the fp32 model.
    pub baseline: Calibration,
    /// That of the optimized model.
    pub optimized: Calibration,
    /// The first samples whose answer changed, those that were right before first.
    pub changed: Vec<Sample>,
}

/// What changed for samples on one side of a feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The side, in the feature's own words and unit.
    pub name: String,
    /// Test samples.
    pub samples: u32,
    /// Of them those whose answer changed.
    pub changed: u32,
    /// Share of right answers of the fp32 and of the optimized model, 0 to 1.
    pub right: [f32; 2],
}

/// How well a model knows what it knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Expected calibration error, 0 to 1.
    pub error: f32,
    /// The reliability diagram's bins of equal width, the least sure first.
    pub bins: Vec<Reliability>,
}

/// Samples of about the same confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// How many.
    pub samples: u32,
    /// Mean probability of the class that is said; 0 for no samples.
    pub confidence: f32,
    /// Share of right answers; 0 for no samples.
    pub right: f32,
}
