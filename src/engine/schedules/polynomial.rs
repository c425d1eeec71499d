//! Polynomial decay of the learning rate.

use super::Schedule;
use crate::engine::{catalog::Entry, params::ParamSpec};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "polynomial",
    label: "Polynomial decay (linear)",
    help: teach!(
        "Falls to zero at the end of the planned epochs along a power of the share that is left: a straight line unless told otherwise. Simple and hard to beat where the length of the run is known; beyond its end nothing is learnt."
    ),
    formula: teach!(r"\eta_t = \eta \left(1 - \frac{t}{T}\right)^{p}"),
    source: teach!("Liu, Rabinovich & Berg 2016, ParseNet: looking wider to see better"),
    params: &[POWER],
    build: |v| Box::new(Polynomial { power: v.get(&POWER) }),
};

const POWER: ParamSpec = ParamSpec {
    key: "power",
    label: "Power p",
    range: (0.1, 5.0),
    default: 1.0,
    help: teach!("Shape of the fall. 1 is a straight line; larger powers fall early and leave a long calm end, smaller ones fall late."),
    ..ParamSpec::NEW
};

struct Polynomial {
    power: f64,
}

impl Schedule for Polynomial {
    fn factor(&self, epoch: f64, epochs: f64) -> f64 {
        let left = if epochs > 0.0 { 1.0 - (epoch / epochs).clamp(0.0, 1.0) } else { 0.0 };
        libm::pow(left, self.power)
    }
}
