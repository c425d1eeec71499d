//! The optimizer lab: what is found out about training on copies of the model, while the run stands aside.

use serde::{Deserialize, Serialize};

use super::{Snapshots, Walk};
use crate::engine::catalog::Pick;

/// What the page asks of the lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LabWish {
    /// A learning-rate range test.
    Rates {
        /// Steps, each with its own rate.
        steps: usize,
        /// From the first weights of the run, not from those at hand.
        fresh: bool,
    },
    /// A lap of a race: training from the first weights, by the experiment of the run.
    Lap {
        /// How many epochs.
        epochs: f64,
        /// With this learning rate.
        lr: f64,
    },
    /// The loss over a plane through the weights at hand.
    Surface {
        /// Points per edge.
        size: usize,
        /// The plane of the path that training took, not one of random directions.
        path: bool,
    },
    /// How every layer is.
    Checkup,
    /// A step on a mini-batch of one training sample, with all its numbers.
    Walk {
        /// Which; the last where there are not so many, and `None` for one that is drawn.
        sample: Option<usize>,
        /// Which draw.
        draw: u64,
    },
    /// Stands still, or goes on.
    Pause(bool),
    /// What is under way is dropped.
    Stop,
    /// A snapshot ensemble of the last cycles of the experiment's schedule.
    Snapshots {
        /// How many at most.
        members: usize,
    },
}

/// What the lab says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LabNews {
    /// Of a range test.
    Rates(Rates),
    /// Of a lap.
    Lap(Lap),
    /// Of a surface, so much of which is done, 0 to 1.
    Sounding(f32),
    /// A surface that is done.
    Surface(Surface),
    /// How every layer is.
    Checkup(Checkup),
    /// A step on one sample.
    Walk(Box<Walk>),
    /// What was under way is dropped.
    Stopped,
    /// A snapshot ensemble.
    Snapshots(Snapshots),
}

/// A range test.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// The share that is done, 0 to 1.
    pub share: f32,
    /// For each step: learning rate, loss of its mini-batch, smoothed loss.
    pub points: Vec<(f64, f64, f64)>,
    /// The rates of the steepest fall, and a tenth of the lowest loss's; `None` until the end, and where the loss never fell.
    pub suggestion: Option<(f64, f64)>,
    /// It is over.
    pub done: bool,
}

/// A lap of a race.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lap {
    /// The share that is done, 0 to 1.
    pub share: f32,
    /// How it went.
    pub points: Vec<LapPoint>,
    /// It is over.
    pub done: bool,
    /// The loss has left the range of numbers.
    pub diverged: bool,
    /// How many samples it is judged on.
    pub samples: usize,
    /// They are held out to choose by, not test samples.
    pub validation: bool,
}

/// A moment of a lap.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LapPoint {
    /// Training samples seen.
    pub seen: u64,
    /// Seconds of training alone.
    pub seconds: f64,
    /// Mean loss of the mini-batches since the last moment; that of the first weights is not known.
    pub train_loss: Option<f32>,
    /// Loss on the samples that it is judged on.
    pub loss: f32,
    /// Accuracy or R² on them.
    pub score: f32,
}

/// The loss over a plane.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Surface {
    /// Places along the first direction.
    pub alphas: Vec<f64>,
    /// Places along the second.
    pub betas: Vec<f64>,
    /// Losses, `[betas, alphas]`.
    pub losses: Vec<f32>,
    /// Where training went: step and both places. Empty for random directions.
    pub path: Vec<(u64, f64, f64)>,
    /// What both directions hold of the path's variance, 0 to 1 each.
    pub shares: (f64, f64),
    /// Training samples that losses are of.
    pub samples: usize,
    /// Step of the weights in the middle.
    pub step: u64,
}

/// How every layer is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checkup {
    /// Step of the weights.
    pub step: u64,
    /// Training samples that it was found on.
    pub samples: usize,
    /// Layers in order.
    pub layers: Vec<LayerHealth>,
    /// What the first weights of each initializer do, that of the experiment first; empty until all are looked at.
    pub spreads: Vec<Spread>,
}

/// How widely the outputs of layers spread at the first weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// What drew the weights.
    pub init: Pick,
    /// Standard deviation of the outputs of each layer of the model, all units and samples together; infinite where they left the range of numbers.
    pub layers: Vec<f32>,
}

/// How a layer is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerHealth {
    /// Index in the model's layers.
    pub layer: usize,
    /// Its key in the catalogue.
    pub key: String,
    /// Units, and how many of them give zero for every sample; of activations alone.
    pub units: usize,
    /// See `units`.
    pub dead: usize,
    /// Share of outputs that are close to an end of their range, 0 to 1; of activations that have two ends.
    pub saturated: Option<f32>,
    /// Root mean square of the gradient of the loss by its weights; of layers with weights.
    pub gradient: Option<f32>,
    /// Root mean square of its weights.
    pub weights: Option<f32>,
}
