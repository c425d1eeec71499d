//! Learning-rate schedules: the share of the learning rate used at each moment of training, one file each.

mod constant;
mod cosine;
mod exponential;
mod step;

use super::{catalog::catalog, params::Values};

/// Makes a schedule from checked values.
pub type Build = fn(&Values) -> Box<dyn Schedule>;

catalog! {
    /// Every schedule, in the order of the page's menu.
    Build, kind: "schedule", field: "schedule", [
        constant::ENTRY,
        cosine::ENTRY,
        step::ENTRY,
        exponential::ENTRY,
    ]
}

/// The learning rate over time. Warm-up is not a schedule but goes before any of them.
pub trait Schedule: Send {
    /// Factor on the learning rate at `epoch` (fractional, from 0) of `epochs` planned.
    fn factor(&self, epoch: f64, epochs: f64) -> f64;
}
