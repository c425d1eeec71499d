//! Optimizers: pure update rules, one file each. Moments belong to the caller ([`State`]), so resuming, copying a run and racing
//! two optimizers from the same weights need no code here.

mod adagrad;
mod adam;
mod adamw;
mod momentum;
mod nesterov;
mod rmsprop;
mod sgd;

use serde::{Deserialize, Serialize};

use super::{catalog::Catalog, params::Values};

/// Makes an optimizer from checked values.
pub type Build = fn(&Values) -> Box<dyn Optimizer>;

/// Every optimizer, in the order of the page's menu.
pub const CATALOG: Catalog<Build> = Catalog {
    kind: "optimizer",
    field: "opt",
    entries: &[adam::ENTRY, adamw::ENTRY, sgd::ENTRY, momentum::ENTRY, nesterov::ENTRY, rmsprop::ENTRY, adagrad::ENTRY],
};

/// An update rule for parameters by their gradient.
pub trait Optimizer: Send {
    /// How many numbers per parameter the rule remembers.
    fn slots(&self) -> usize;

    /// One update of `param` in place. `step` counts from 1; each of `memory` (as many as [`Optimizer::slots`]) is as long as
    /// `param` and starts at zero.
    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]);
}

/// What an optimizer remembers between steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Steps taken.
    pub step: u64,
    /// The rule's slots, each as long as the parameters.
    pub memory: Vec<Vec<f32>>,
}

impl State {
    /// Zeros for `rule` and `len` parameters.
    #[must_use]
    pub fn new(rule: &dyn Optimizer, len: usize) -> Self {
        Self { step: 0, memory: vec![vec![0.0; len]; rule.slots()] }
    }
}
