//! Adadelta.

use super::{Optimizer, settle};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale, Values},
    },
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "adadelta",
    label: "Adadelta",
    help: teach!(
        "Sizes each weight's step by how far it moved lately, over the root mean square of its gradient, so that steps carry the weight's own unit. It is meant for a learning rate of 1, and at the rates of Adam it hardly moves; it also starts slowly."
    ),
    formula: teach!(
        r"s \leftarrow \rho s + (1-\rho) g^2,\quad \delta = \frac{\sqrt{a + \epsilon}}{\sqrt{s + \epsilon}}\, g,\quad a \leftarrow \rho a + (1-\rho)\, \delta^2,\quad \theta \leftarrow \theta - \eta\, \delta"
    ),
    source: teach!("Zeiler 2012, Adadelta: an adaptive learning rate method"),
    params: &[RHO, EPSILON],
    build: |v| Box::new(Adadelta::new(v)),
};

const RHO: ParamSpec = ParamSpec {
    key: "rho",
    label: "Decay ρ",
    range: (0.0, 0.9999),
    default: 0.9,
    help: teach!(
        "How much of the previous mean squares, of gradients and of steps, is kept. 0 looks at the current step alone; near 1 the pace adapts slowly."
    ),
    ..ParamSpec::NEW
};
const EPSILON: ParamSpec = ParamSpec {
    key: "eps",
    label: "ε",
    range: (1e-10, 1.0),
    scale: Scale::Log,
    default: 1e-6,
    help: teach!(
        "What the first steps are made of, since nothing has moved yet, and what keeps the division finite. Larger values start faster and blur the difference between weights."
    ),
    ..ParamSpec::NEW
};

struct Adadelta {
    rho: f64,
    epsilon: f32,
}

impl Adadelta {
    fn new(values: &Values) -> Self {
        Self { rho: values.get(&RHO), epsilon: values.f32(&EPSILON) }
    }
}

impl Optimizer for Adadelta {
    /// Mean squares of gradients and of steps.
    fn slots(&self) -> usize {
        2
    }

    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        settle(step, memory);
        let [square, moved] = memory else { return };
        let (rho, fresh) = (self.rho as f32, (1.0 - self.rho) as f32);
        for (((p, g), s), a) in param.iter_mut().zip(grad).zip(square).zip(moved) {
            *s = rho * *s + fresh * g * g;
            let delta = (*a + self.epsilon).sqrt() / (*s + self.epsilon).sqrt() * g;
            *a = rho * *a + fresh * delta * delta;
            *p -= lr * delta;
        }
    }

    fn wgsl(&self) -> Option<Wgsl> {
        Some(wgsl!("adadelta.wgsl").with("RHO", self.rho).with("FRESH", 1.0 - self.rho).with("EPSILON", f64::from(self.epsilon)))
    }

    fn rule(&self, _: u64, lr: f32) -> [f32; 4] {
        [lr, 0.0, 0.0, 0.0]
    }
}
