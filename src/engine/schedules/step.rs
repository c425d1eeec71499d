//! The learning rate in steps.

use super::Schedule;
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "step",
    label: "Step decay",
    help: teach!(
        "Multiplies the learning rate by a factor every few epochs. Large steps find the right valley first, small ones settle into it; the loss often drops visibly at each cut."
    ),
    formula: teach!(r"\eta_t = \eta\, \gamma^{\lfloor t / k \rfloor}"),
    source: teach!("Krizhevsky et al. 2012, ImageNet classification with deep convolutional neural networks"),
    params: &[EVERY, FACTOR],
    build: |v| Box::new(Step { every: v.get(&EVERY), factor: v.get(&FACTOR) }),
};

const EVERY: ParamSpec = ParamSpec {
    key: "every",
    label: "Every k",
    unit: "epochs",
    range: (1.0, 1000.0),
    scale: Scale::Integer,
    default: 5.0,
    help: teach!("Epochs between two cuts. Cutting too early freezes the network before it has learned; too late wastes epochs on jitter."),
    ..ParamSpec::NEW
};
const FACTOR: ParamSpec = ParamSpec {
    key: "factor",
    label: "Factor γ",
    range: (0.01, 1.0),
    default: 0.5,
    help: teach!("What the learning rate is multiplied by at each cut. 1 never changes it; 0.1 is the classic drastic cut."),
    ..ParamSpec::NEW
};

struct Step {
    every: f64,
    factor: f64,
}

impl Schedule for Step {
    fn factor(&self, epoch: f64, _: f64) -> f64 {
        libm::pow(self.factor, libm::floor(epoch / self.every))
    }
}
