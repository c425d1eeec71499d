//! NAdam: Adam with Nesterov's momentum.

use super::{
    Optimizer,
    adam::{Adam, BETA1, BETA2, EPSILON},
    settle,
};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale},
    },
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "nadam",
    label: "NAdam",
    help: teach!(
        "Adam that looks ahead as Nesterov's momentum does: the mean gradient is used as it will be after the next step. It often starts faster than Adam; its momentum warms up over the first steps."
    ),
    formula: teach!(
        r"\theta \leftarrow \theta - \frac{\eta}{\sqrt{\hat v} + \epsilon} \left( \frac{(1-\mu_t)\, g}{1 - \prod_{i \le t} \mu_i} + \frac{\mu_{t+1}\, m}{1 - \prod_{i \le t+1} \mu_i} \right),\quad \mu_t = \beta_1 (1 - \tfrac{1}{2}\, 0.96^{t\psi})"
    ),
    source: teach!("Dozat 2016, Incorporating Nesterov momentum into Adam"),
    params: &[BETA1, BETA2, EPSILON, DECAY],
    build: |v| Box::new(NAdam { adam: Adam::new(v), decay: v.get(&DECAY) }),
};

const DECAY: ParamSpec = ParamSpec {
    key: "momentum-decay",
    label: "Momentum decay ψ",
    range: (0.0, 1.0),
    scale: Scale::Log,
    default: 0.004,
    help: teach!(
        "How fast momentum rises from half of β₁ to all of it. 0 keeps it at a half for good; at 1 it is there after some hundred steps."
    ),
    ..ParamSpec::NEW
};

/// What the share of momentum that is still missing shrinks by per step, to the power of ψ.
const BASE: f64 = 0.96;
/// A product of momenta below this leaves `1 − product` at 1.
const NOTHING: f64 = 1e-18;

struct NAdam {
    adam: Adam,
    decay: f64,
}

impl NAdam {
    /// Rates of gradient and mean, and the second moment's correction.
    fn scalars(&self, step: u64, lr: f32) -> [f32; 4] {
        let momentum = |t: u64| self.adam.beta1() * (1.0 - 0.5 * libm::pow(BASE, t as f64 * self.decay));
        // The rule is told the step and remembers nothing: it multiplies the momenta so far anew. They are below β₁, so that a
        // few hundred of them (some ten thousand at β₁ = 0.999) leave nothing.
        let (fade, mut missing, mut product) = (libm::pow(BASE, self.decay), 1.0, 1.0);
        for _ in 0..step {
            missing *= fade;
            product *= self.adam.beta1() * (1.0 - 0.5 * missing);
            if product < NOTHING {
                break;
            }
        }
        let (now, next) = (momentum(step), momentum(step + 1));
        let lr = f64::from(lr);
        let [_, unbias, ..] = self.adam.scalars(step, 0.0, 1.0);
        [(lr * (1.0 - now) / (1.0 - product)) as f32, (lr * next / (1.0 - product * next)) as f32, unbias, 0.0]
    }
}

impl Optimizer for NAdam {
    fn slots(&self) -> usize {
        2
    }

    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        settle(step, memory);
        let [mean, square] = memory else { return };
        let ([b1, b2], [fresh1, fresh2]) = self.adam.shares();
        let [fresh, ahead, unbias, _] = self.scalars(step, lr);
        for (((p, g), m), v) in param.iter_mut().zip(grad).zip(mean).zip(square) {
            *m = b1 * *m + fresh1 * g;
            *v = b2 * *v + fresh2 * g * g;
            *p -= (fresh * g + ahead * *m) / (v.sqrt() * unbias + self.adam.epsilon());
        }
    }

    fn wgsl(&self) -> Option<Wgsl> {
        Some(self.adam.constants(wgsl!("nadam.wgsl")))
    }

    fn rule(&self, step: u64, lr: f32) -> [f32; 4] {
        self.scalars(step, lr)
    }
}
