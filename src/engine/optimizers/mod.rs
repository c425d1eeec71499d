//! Optimizers: pure update rules, one file each. Moments belong to the caller ([`State`]), so resuming, copying a run and racing
//! two optimizers from the same weights need no code here.

mod adadelta;
mod adagrad;
mod adam;
mod adamw;
mod amsgrad;
mod lbfgs;
mod lion;
mod momentum;
mod muon;
mod nadam;
mod nesterov;
mod rmsprop;
mod sgd;
mod wolfe;

pub use lbfgs::KEY as FULL_BATCH;
use serde::{Deserialize, Serialize};

use super::{
    catalog::{Catalog, catalog},
    network::Network,
    params::Values,
};
use crate::kernels::wgsl::Wgsl;

/// Makes an optimizer from checked values.
pub type Build = fn(&Values) -> Box<dyn Optimizer>;

catalog! {
    /// Every optimizer, in the order of the page's menu.
    Build, kind: "optimizer", field: "opt", [
        adam::ENTRY,
        adamw::ENTRY,
        amsgrad::ENTRY,
        nadam::ENTRY,
        sgd::ENTRY,
        momentum::ENTRY,
        nesterov::ENTRY,
        rmsprop::ENTRY,
        adagrad::ENTRY,
        adadelta::ENTRY,
        lion::ENTRY,
        muon::ENTRY,
        lbfgs::ENTRY,
    ],
    cpu_only: [muon::ENTRY.key, lbfgs::ENTRY.key]
}

/// Those of [`CATALOG`] that a run can begin with before all of it is loaded.
pub const FIRST: Catalog<Build> = Catalog { entries: &[adam::ENTRY, adamw::ENTRY, sgd::ENTRY, momentum::ENTRY], ..CATALOG };

/// An update rule for parameters by their gradient.
pub trait Optimizer: Send {
    /// How many numbers per parameter the rule remembers. Where settings change that, those that all of them need come first.
    fn slots(&self) -> usize;

    /// Told before its first update which network's parameters it will move. Rules that treat every number alike need not know.
    fn meet(&mut self, _network: &Network) {}

    /// Told loss and gradient of a whole mini-batch before the step ends. True: it is to be looked at once more, at [`Optimizer::elsewhere`]. In the end `look.grad` is the
    /// gradient with which the step began. Rules that go by one look do not ask for another.
    fn look(&mut self, _look: Look<'_>) -> bool {
        false
    }

    /// Where the mini-batch is looked at once more.
    fn elsewhere(&self) -> Option<&[f32]> {
        None
    }

    /// One update of `param` in place. `step` counts from 1; each of `memory` (as many as [`Optimizer::slots`]) is as long as
    /// `param` and starts at zero.
    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]);

    /// Its form on the GPU: `update(i, p, g)`. `None` for one that only the CPU computes.
    fn wgsl(&self) -> Option<Wgsl>;

    /// What that form needs to know of step `step` (from 1): `now.rule`.
    fn rule(&self, step: u64, lr: f32) -> [f32; 4];
}

/// What a rule sees of a mini-batch before the step ends.
pub struct Look<'a> {
    /// It is the step's first look, at the parameters themselves.
    pub first: bool,
    /// The step, from 1.
    pub step: u64,
    /// Its learning rate.
    pub lr: f32,
    /// Mean loss where it was looked at, without penalties.
    pub loss: f64,
    /// The parameters.
    pub params: &'a [f32],
    /// The gradient of the loss where it was looked at, without penalties.
    pub grad: &'a mut [f32],
    /// 0 for parameters held at zero; empty where none is.
    pub keep: &'a [f32],
    /// See [`Optimizer::update`].
    pub memory: &'a [Vec<f32>],
    /// Penalties on weights.
    pub l1: f32,
    /// See `l1`.
    pub l2: f32,
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

    /// Fits what the same rule remembered to its new settings: slots that they add stand at the end and start at zero.
    pub fn fit(&mut self, rule: &dyn Optimizer, len: usize) {
        self.memory.resize_with(rule.slots(), || vec![0.0; len]);
    }
}

/// What decoupled weight decay leaves of a parameter; exactly 1 without any.
fn keep(lr: f32, decay: f64) -> f32 {
    (1.0 - f64::from(lr) * decay) as f32
}

/// Every so many steps, sets what has decayed to almost nothing to zero.
///
/// The memory of a weight that receives no gradient any more (behind a dead unit, say) shrinks by a factor per step until its
/// numbers are subnormal, and there it stays. Processors take several times longer over those, and wasm cannot switch them
/// off. What is cut is too small to move a weight: its root is far below every ε allowed here.
fn settle(step: u64, memory: &mut [Vec<f32>]) {
    const EVERY: u64 = 32;
    const NOTHING: f32 = 1e-30;
    if step.is_multiple_of(EVERY) {
        for slot in memory {
            slot.iter_mut().for_each(|m| *m = if m.abs() < NOTHING { 0.0 } else { *m });
        }
    }
}
