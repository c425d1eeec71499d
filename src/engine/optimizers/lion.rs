//! Lion.

use super::{Optimizer, adam::BETA1, adamw::DECAY, keep, settle};
use crate::{
    engine::{catalog::Entry, params::ParamSpec},
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "lion",
    label: "Lion",
    help: teach!(
        "Moves every weight by the learning rate, up or down, by the sign of a blend of mean gradient and gradient. It remembers half of what Adam does; since its steps never get shorter by themselves it wants a learning rate three to ten times smaller, and one that falls."
    ),
    formula: teach!(
        r"\theta \leftarrow (1 - \eta\lambda)\,\theta - \eta\, \operatorname{sign}\left(\beta_1 m + (1 - \beta_1) g\right),\quad m \leftarrow \beta_2 m + (1 - \beta_2) g"
    ),
    source: teach!("Chen et al. 2023, Symbolic discovery of optimization algorithms"),
    params: &[BETA1, BETA2, DECAY],
    build: |v| Box::new(Lion { beta1: v.get(&BETA1), beta2: v.get(&BETA2), decay: v.get(&DECAY) }),
};

const BETA2: ParamSpec = ParamSpec {
    key: "beta2",
    label: "β₂",
    range: (0.0, 0.9999),
    default: 0.99,
    help: teach!(
        "How much of the previous mean gradient is remembered. It is larger than β₁, so that what is followed listens to the new gradient more than what is kept."
    ),
    ..ParamSpec::NEW
};

struct Lion {
    beta1: f64,
    beta2: f64,
    decay: f64,
}

impl Optimizer for Lion {
    fn slots(&self) -> usize {
        1
    }

    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        settle(step, memory);
        let [mean] = memory else { return };
        // Taken in f64, as Adam's.
        let (b1, fresh1) = (self.beta1 as f32, (1.0 - self.beta1) as f32);
        let (b2, fresh2) = (self.beta2 as f32, (1.0 - self.beta2) as f32);
        let keep = keep(lr, self.decay);
        for ((p, g), m) in param.iter_mut().zip(grad).zip(mean) {
            let way = b1 * *m + fresh1 * g;
            let sign = if way > 0.0 {
                1.0
            } else if way < 0.0 {
                -1.0
            } else {
                // Zero, or what is no number and is to be seen.
                way
            };
            *p = keep * *p - lr * sign;
            *m = b2 * *m + fresh2 * g;
        }
    }

    fn wgsl(&self) -> Option<Wgsl> {
        let wgsl = wgsl!("lion.wgsl").with("BETA1", self.beta1).with("FRESH1", 1.0 - self.beta1);
        Some(wgsl.with("BETA2", self.beta2).with("FRESH2", 1.0 - self.beta2))
    }

    fn rule(&self, _: u64, lr: f32) -> [f32; 4] {
        [lr, 0.0, keep(lr, self.decay), 0.0]
    }
}
