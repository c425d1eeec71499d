//! Learning-rate schedules: the share of the learning rate used at each moment of training, one file each.

mod constant;
mod cosine;
mod exponential;
mod one_cycle;
mod plateau;
mod polynomial;
mod step;
mod warm_restarts;

use serde::{Deserialize, Serialize};

pub use warm_restarts::cycle_ends;

use super::{
    catalog::{Catalog, catalog},
    params::Values,
};

/// Makes a schedule from checked values.
pub type Build = fn(&Values) -> Box<dyn Schedule>;

catalog! {
    /// Every schedule, in the order of the page's menu.
    Build, kind: "schedule", field: "schedule", [
        constant::ENTRY,
        cosine::ENTRY,
        step::ENTRY,
        exponential::ENTRY,
        polynomial::ENTRY,
        warm_restarts::ENTRY,
        one_cycle::ENTRY,
        plateau::ENTRY,
    ]
}

/// Those of [`CATALOG`] that a run can begin with before all of it is loaded.
pub const FIRST: Catalog<Build> = Catalog { entries: &[constant::ENTRY, cosine::ENTRY], ..CATALOG };

/// The learning rate over time. Warm-up is not a schedule but goes before any of them.
pub trait Schedule: Send {
    /// Factor on the learning rate at `epoch` (fractional, from 0) of `epochs` planned.
    fn factor(&self, epoch: f64, epochs: f64) -> f64;

    /// Told the loss of a test after `epoch` epochs: what it makes of that goes into `heard`.
    fn hear(&self, _loss: f32, _epoch: f64, _heard: &mut Heard) {}
}

/// Key of the one that listens to losses: those of samples that are held out for it.
pub const LISTENER: &str = plateau::ENTRY.key;

/// What a schedule has made of the losses that it was told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// Lowest so far.
    pub best: f32,
    /// Epoch of the lowest, or of what followed from waiting for a lower one.
    pub since: f64,
    /// Epoch up to which nothing counts against it.
    pub until: f64,
    /// Factor on the learning rate, beside the schedule's own.
    pub factor: f64,
}

impl Default for Heard {
    fn default() -> Self {
        Self { best: f32::INFINITY, since: 0.0, until: 0.0, factor: 1.0 }
    }
}
