//! Where samples leave the optimized model early.

use serde::{Deserialize, Serialize};

/// All test samples, at the threshold in use and at others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exits {
    /// Test samples.
    pub samples: usize,
    /// Multiply-accumulates of a sample that goes to the end, with no head on the way.
    pub whole: u64,
    /// The exits in order, and the end.
    pub places: Vec<ExitPlace>,
    /// What comes of the threshold in use.
    pub here: ExitPoint,
    /// What comes of others, rising, from 0 (all leave at the first exit) to 1 (none leaves).
    pub curve: Vec<ExitPoint>,
}

/// A place where samples leave, at the threshold in use.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExitPlace {
    /// The layer, as [`ModelReport::layers`](super::ModelReport::layers) counts; that of the end is the last.
    pub layer: usize,
    /// Multiply-accumulates of a sample that leaves there.
    pub macs: u64,
    /// How many do.
    pub left: u32,
    /// Of these how many are right.
    pub right: u32,
}

/// What comes of a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExitPoint {
    /// Least probability of the likeliest class at which a sample leaves; 1 for never.
    pub threshold: f32,
    /// Share of samples that leave before the end, 0 to 1.
    pub early: f32,
    /// Share of right answers of all samples, 0 to 1.
    pub score: f32,
    /// Multiply-accumulates of a sample, on average.
    pub macs: f64,
}
