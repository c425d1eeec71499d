//! Adam with decoupled weight decay.

use super::{
    Optimizer,
    adam::{Adam, BETA1, BETA2, EPSILON},
    keep,
};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale},
    },
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "adamw",
    label: "AdamW",
    help: teach!(
        "Adam that also shrinks every parameter by a fixed share of itself, apart from the gradient. An L2 penalty in plain Adam is divided away for weights with large gradients; this decay is not."
    ),
    formula: teach!(r"\theta \leftarrow (1 - \eta\lambda)\,\theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}"),
    source: teach!("Loshchilov & Hutter 2019, Decoupled weight decay regularization"),
    params: &[BETA1, BETA2, EPSILON, DECAY],
    build: |v| Box::new(AdamW { adam: Adam::new(v), decay: v.get(&DECAY) }),
};

pub(super) const DECAY: ParamSpec = ParamSpec {
    key: "weight-decay",
    label: "Weight decay λ",
    range: (0.0, 1.0),
    scale: Scale::Log,
    default: 0.01,
    help: teach!(
        "Share of each parameter, times the learning rate, that is taken off at every step. 0 is plain Adam; large values pull everything to zero."
    ),
    ..ParamSpec::NEW
};

struct AdamW {
    adam: Adam,
    decay: f64,
}

impl Optimizer for AdamW {
    fn slots(&self) -> usize {
        self.adam.slots()
    }

    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        self.adam.step(step, lr, keep(lr, self.decay), param, grad, memory);
    }

    fn wgsl(&self) -> Option<Wgsl> {
        Some(self.adam.shader())
    }

    fn rule(&self, step: u64, lr: f32) -> [f32; 4] {
        self.adam.scalars(step, lr, keep(lr, self.decay))
    }
}
