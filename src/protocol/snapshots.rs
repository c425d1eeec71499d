//! A snapshot ensemble: the weights at the ends of cycles of one training, asked together.

use serde::{Deserialize, Serialize};

use super::Timing;
use crate::experiment::Experiment;

/// The ensemble, or how far it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshots {
    /// The share that is done, 0 to 1.
    pub share: f32,
    /// It is over.
    pub done: bool,
    /// Test samples that all are judged on.
    pub samples: usize,
    /// What was trained: the experiment as it was when the first cycle began.
    pub experiment: Box<Experiment>,
    /// Steps taken by the last member.
    pub step: u64,
    /// The members by themselves, the earliest first.
    pub members: Vec<Member>,
    /// The last one, the last two, and so on together.
    pub together: Vec<Together>,
    /// One sample through the last member, and through all of them, in alternation; `None` until the end.
    pub latency: Option<[Timing; 2]>,
}

/// The weights at the end of a cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Epochs trained by then.
    pub epoch: u32,
    /// Mean loss.
    pub loss: f32,
    /// Accuracy or R².
    pub score: f32,
}

/// Some members, whose answers are averaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Together {
    /// How many, counted from the last.
    pub members: usize,
    /// Mean loss of the averaged answers.
    pub loss: f32,
    /// Their accuracy or R².
    pub score: f32,
    /// Bytes of the fp32 files of all of them.
    pub bytes: u64,
}
