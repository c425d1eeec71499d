//! Gradient descent with momentum.

use super::{Optimizer, keep, settle, sgd::DECAY};
use crate::{
    engine::{catalog::Entry, params::ParamSpec},
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "momentum",
    label: "SGD with momentum",
    help: teach!(
        "Lets steps build up speed where gradients agree and cancel where they alternate, like a ball rolling down a valley. Often the most accurate choice in the end, at one extra number per weight."
    ),
    formula: teach!(r"v \leftarrow \mu v + (1 - \tau)\, g,\quad \theta \leftarrow (1 - \eta\lambda)\,\theta - \eta\, v"),
    source: teach!("Polyak 1964, Some methods of speeding up the convergence of iteration methods"),
    params: &[MOMENTUM, DAMPENING, DECAY],
    build: |v| Box::new(Momentum { momentum: v.f32(&MOMENTUM), fresh: (1.0 - v.get(&DAMPENING)) as f32, decay: v.get(&DECAY) }),
};

pub(super) const MOMENTUM: ParamSpec = ParamSpec {
    key: "momentum",
    label: "Momentum μ",
    range: (0.0, 0.999),
    default: 0.9,
    help: teach!(
        "Share of the velocity kept from step to step. 0 is plain SGD; 0.9 moves as if the step were ten times as long, and overshoots accordingly."
    ),
    ..ParamSpec::NEW
};
const DAMPENING: ParamSpec = ParamSpec {
    key: "dampening",
    label: "Dampening τ",
    range: (0.0, 1.0),
    default: 0.0,
    help: teach!(
        "How much of each new gradient is withheld from the velocity. With as much dampening as momentum, the velocity is a running mean and steps keep the length they have in plain SGD."
    ),
    ..ParamSpec::NEW
};

struct Momentum {
    momentum: f32,
    /// Share of a gradient that goes into the velocity.
    fresh: f32,
    decay: f64,
}

impl Momentum {
    /// The first velocity is the whole gradient, as in PyTorch.
    fn fresh(&self, step: u64) -> f32 {
        if step == 1 { 1.0 } else { self.fresh }
    }
}

impl Optimizer for Momentum {
    fn slots(&self) -> usize {
        1
    }

    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        settle(step, memory);
        let [velocity] = memory else { return };
        let (fresh, keep) = (self.fresh(step), keep(lr, self.decay));
        for ((p, g), v) in param.iter_mut().zip(grad).zip(velocity) {
            *v = self.momentum * *v + fresh * g;
            *p = keep * *p - lr * *v;
        }
    }

    fn wgsl(&self) -> Option<Wgsl> {
        Some(wgsl!("momentum.wgsl").with("MOMENTUM", f64::from(self.momentum)))
    }

    fn rule(&self, step: u64, lr: f32) -> [f32; 4] {
        [lr, self.fresh(step), keep(lr, self.decay), 0.0]
    }
}
