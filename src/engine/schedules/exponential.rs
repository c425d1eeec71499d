//! Exponential decay of the learning rate.

use super::Schedule;
use crate::engine::{catalog::Entry, params::ParamSpec};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "exponential",
    label: "Exponential decay",
    help: teach!(
        "Shrinks the learning rate by the same ratio in every epoch. Falls fast at first and ever more gently later, whatever the planned length of the run."
    ),
    formula: teach!(r"\eta_t = \eta\, \gamma^{t}"),
    source: "",
    params: &[FACTOR],
    build: |v| Box::new(Exponential { factor: v.get(&FACTOR) }),
};

const FACTOR: ParamSpec = ParamSpec {
    key: "factor",
    label: "Factor per epoch γ",
    range: (0.5, 1.0),
    default: 0.9,
    help: teach!("What remains of the learning rate after each epoch. 1 never changes it; 0.5 leaves a thousandth after ten epochs."),
    ..ParamSpec::NEW
};

struct Exponential {
    factor: f64,
}

impl Schedule for Exponential {
    fn factor(&self, epoch: f64, _: f64) -> f64 {
        libm::pow(self.factor, epoch)
    }
}
