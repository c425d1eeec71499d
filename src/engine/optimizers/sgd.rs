//! Stochastic gradient descent.

use super::{Optimizer, keep};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale},
    },
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "sgd",
    label: "SGD",
    help: teach!("Walks straight down the gradient of the mini-batch. Simple and memory-free, but slow along narrow valleys."),
    formula: teach!(r"\theta \leftarrow (1 - \eta\lambda)\,\theta - \eta\, g"),
    source: teach!("Robbins & Monro 1951, A stochastic approximation method"),
    params: &[DECAY],
    build: |v| Box::new(Sgd { decay: v.get(&DECAY) }),
};

pub(super) const DECAY: ParamSpec = ParamSpec {
    key: "weight-decay",
    label: "Weight decay λ",
    range: (0.0, 1.0),
    scale: Scale::Log,
    default: 0.0,
    help: teach!(
        "Share of each parameter, times the learning rate, that is taken off at every step, apart from the gradient and from what is remembered of it. 0 takes nothing; large values pull everything to zero."
    ),
    source: teach!("Loshchilov & Hutter 2019, Decoupled weight decay regularization"),
    ..ParamSpec::NEW
};

struct Sgd {
    decay: f64,
}

impl Optimizer for Sgd {
    fn slots(&self) -> usize {
        0
    }

    fn update(&self, _: u64, lr: f32, param: &mut [f32], grad: &[f32], _: &mut [Vec<f32>]) {
        let keep = keep(lr, self.decay);
        for (p, g) in param.iter_mut().zip(grad) {
            *p = keep * *p - lr * g;
        }
    }

    fn wgsl(&self) -> Option<Wgsl> {
        Some(wgsl!("sgd.wgsl"))
    }

    fn rule(&self, _: u64, lr: f32) -> [f32; 4] {
        [lr, 0.0, keep(lr, self.decay), 0.0]
    }
}
