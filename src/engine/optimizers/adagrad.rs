//! Adagrad.

use super::Optimizer;
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale},
    },
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "adagrad",
    label: "Adagrad",
    help: teach!(
        "Divides each weight's step by the root of all its squared gradients so far, so that rarely used weights move further. Steps only ever shrink, which in the end stalls learning."
    ),
    formula: teach!(
        r"s \leftarrow s + g^2,\quad \theta \leftarrow \theta - \frac{\eta}{1 + (t - 1)\,\gamma}\, \frac{g}{\sqrt s + \epsilon}"
    ),
    source: teach!("Duchi et al. 2011, Adaptive subgradient methods for online learning and stochastic optimization"),
    params: &[DECAY, INITIAL, EPSILON],
    build: |v| Box::new(Adagrad { decay: v.get(&DECAY), initial: v.f32(&INITIAL), epsilon: v.f32(&EPSILON) }),
};

const DECAY: ParamSpec = ParamSpec {
    key: "lr-decay",
    label: "Learning-rate decay γ",
    range: (0.0, 1.0),
    scale: Scale::Log,
    default: 0.0,
    help: teach!("Shrinks the learning rate further as steps go by. 0 leaves all shrinking to the squared gradients."),
    ..ParamSpec::NEW
};
const INITIAL: ParamSpec = ParamSpec {
    key: "initial",
    label: "Initial sum s₀",
    range: (0.0, 10.0),
    default: 0.0,
    help: teach!(
        "What the sum of squared gradients starts from. At 0 the very first step of every weight is as long as the learning rate; larger values tame it."
    ),
    ..ParamSpec::NEW
};
const EPSILON: ParamSpec = ParamSpec {
    key: "eps",
    label: "ε",
    range: (1e-12, 1.0),
    scale: Scale::Log,
    default: 1e-10,
    help: teach!("Keeps the division finite where a weight has had no gradient yet. Large values blur the difference between weights."),
    ..ParamSpec::NEW
};

struct Adagrad {
    decay: f64,
    initial: f32,
    epsilon: f32,
}

impl Adagrad {
    /// Learning rate after its decay, and what comes to the sum: memory starts at zero, so the initial sum comes in with the first step.
    fn pace(&self, step: u64, lr: f32) -> (f32, f32) {
        let rate = (f64::from(lr) / (1.0 + (step.max(1) - 1) as f64 * self.decay)) as f32;
        (rate, if step <= 1 { self.initial } else { 0.0 })
    }
}

impl Optimizer for Adagrad {
    fn slots(&self) -> usize {
        1
    }

    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        let [sum] = memory else { return };
        let (rate, first) = self.pace(step, lr);
        for ((p, g), s) in param.iter_mut().zip(grad).zip(sum) {
            *s = (*s + first) + g * g;
            *p -= rate * (g / (s.sqrt() + self.epsilon));
        }
    }

    fn wgsl(&self) -> Option<Wgsl> {
        Some(wgsl!("adagrad.wgsl").with("EPSILON", f64::from(self.epsilon)))
    }

    fn rule(&self, step: u64, lr: f32) -> [f32; 4] {
        let (rate, first) = self.pace(step, lr);
        [rate, first, 0.0, 0.0]
    }
}
