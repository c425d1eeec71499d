//! Adam.

use super::{Optimizer, settle};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale, Values},
    },
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "adam",
    label: "Adam",
    help: teach!(
        "Gives each weight its own step size from running means of its gradient and squared gradient. Learns fast with little tuning; keeps two extra numbers per weight."
    ),
    formula: teach!(
        r"m \leftarrow \beta_1 m + (1-\beta_1) g,\quad v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad \theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}"
    ),
    source: teach!("Kingma & Ba 2015, Adam: a method for stochastic optimization"),
    params: &[BETA1, BETA2, EPSILON],
    build: |v| Box::new(Adam::new(v)),
};

pub(super) const BETA1: ParamSpec = ParamSpec {
    key: "beta1",
    label: "β₁",
    range: (0.0, 0.999),
    default: 0.9,
    help: teach!(
        "How much of the previous mean gradient is kept. 0 follows each mini-batch; near 1 averages over many steps and reacts late."
    ),
    ..ParamSpec::NEW
};
pub(super) const BETA2: ParamSpec = ParamSpec {
    key: "beta2",
    label: "β₂",
    range: (0.0, 0.9999),
    default: 0.999,
    help: teach!("How much of the previous mean squared gradient is kept. Lower values adapt faster and jitter more."),
    ..ParamSpec::NEW
};
pub(super) const EPSILON: ParamSpec = ParamSpec {
    key: "eps",
    label: "ε",
    range: (1e-10, 1.0),
    scale: Scale::Log,
    default: 1e-8,
    help: teach!("Keeps the division finite where gradients vanish. Large values turn Adam into momentum SGD."),
    ..ParamSpec::NEW
};

pub(super) struct Adam {
    beta1: f64,
    beta2: f64,
    epsilon: f32,
}

impl Adam {
    /// From the values of [`BETA1`], [`BETA2`] and [`EPSILON`].
    pub fn new(values: &Values) -> Self {
        Self { beta1: values.get(&BETA1), beta2: values.get(&BETA2), epsilon: values.f32(&EPSILON) }
    }

    /// At the settings' defaults.
    pub fn plain() -> Self {
        Self { beta1: BETA1.default, beta2: BETA2.default, epsilon: EPSILON.default as f32 }
    }

    /// Rate with the first moment's correction, the second moment's correction, and `keep`.
    pub fn scalars(&self, step: u64, lr: f32, keep: f32) -> [f32; 4] {
        let rate = (f64::from(lr) / (1.0 - libm::pow(self.beta1, step as f64))) as f32;
        let unbias = (1.0 / libm::sqrt(1.0 - libm::pow(self.beta2, step as f64))) as f32;
        [rate, unbias, keep, 0.0]
    }

    pub fn beta1(&self) -> f64 {
        self.beta1
    }

    pub fn epsilon(&self) -> f32 {
        self.epsilon
    }

    /// What each mean keeps of itself, and what it takes of the new.
    pub fn shares(&self) -> ([f32; 2], [f32; 2]) {
        // Taken in f64: 1 − 0.999 in f32 is off by more than a hundred thousandth.
        ([self.beta1 as f32, self.beta2 as f32], [(1.0 - self.beta1) as f32, (1.0 - self.beta2) as f32])
    }

    /// The form on the GPU, with or without weight decay.
    pub fn shader(&self) -> Wgsl {
        self.constants(wgsl!("adam.wgsl"))
    }

    /// `wgsl` with its settings.
    pub fn constants(&self, wgsl: Wgsl) -> Wgsl {
        wgsl.with("BETA1", self.beta1)
            .with("FRESH1", 1.0 - self.beta1)
            .with("BETA2", self.beta2)
            .with("FRESH2", 1.0 - self.beta2)
            .with("EPSILON", f64::from(self.epsilon))
    }

    /// One update of `keep · param`: 1 in Adam, less with weight decay.
    pub fn step(&self, step: u64, lr: f32, keep: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        settle(step, memory);
        let [m, v] = memory else { return };
        self.move_by(step, lr, keep, param, grad, (m, v));
    }

    /// As [`Adam::step`], of mean and mean square that have settled.
    pub fn move_by(&self, step: u64, lr: f32, keep: f32, param: &mut [f32], grad: &[f32], (m, v): (&mut [f32], &mut [f32])) {
        let ([b1, b2], [fresh1, fresh2]) = self.shares();
        let [rate, unbias, ..] = self.scalars(step, lr, keep);
        for (((p, g), m), v) in param.iter_mut().zip(grad).zip(m).zip(v) {
            *m = b1 * *m + fresh1 * g;
            *v = b2 * *v + fresh2 * g * g;
            *p = keep * *p - rate * *m / (v.sqrt() * unbias + self.epsilon);
        }
    }
}

impl Optimizer for Adam {
    fn slots(&self) -> usize {
        2
    }

    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        self.step(step, lr, 1.0, param, grad, memory);
    }

    fn wgsl(&self) -> Option<Wgsl> {
        Some(self.shader())
    }

    fn rule(&self, step: u64, lr: f32) -> [f32; 4] {
        self.scalars(step, lr, 1.0)
    }
}
