//! RMSprop.

use super::{Optimizer, settle};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale, Word},
    },
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "rmsprop",
    label: "RMSprop",
    help: teach!(
        "Divides each weight's step by the running root mean square of its gradient, so that all weights move at a similar pace. Unlike Adagrad it forgets old gradients and never stalls."
    ),
    formula: teach!(
        r"s \leftarrow \alpha s + (1 - \alpha)\, g^2,\quad v \leftarrow \mu v + \frac{g}{\sqrt{s} + \epsilon},\quad \theta \leftarrow \theta - \eta\, v"
    ),
    source: teach!(
        "Tieleman & Hinton 2012, Lecture 6.5 - rmsprop; centred form: Graves 2013, Generating sequences with recurrent neural networks"
    ),
    params: &[ALPHA, MOMENTUM, CENTERED, EPSILON],
    build: |v| {
        Box::new(RmsProp {
            alpha: v.f32(&ALPHA),
            fresh: (1.0 - v.get(&ALPHA)) as f32,
            momentum: v.f32(&MOMENTUM),
            centered: v.f32(&CENTERED),
            epsilon: v.f32(&EPSILON),
        })
    },
};

const ALPHA: ParamSpec = ParamSpec {
    key: "alpha",
    label: "Smoothing α",
    range: (0.0, 0.9999),
    default: 0.99,
    help: teach!(
        "How much of the previous mean squared gradient is kept. 0 looks at the current gradient alone, so that only its sign counts; near 1 the pace adapts slowly."
    ),
    ..ParamSpec::NEW
};
const MOMENTUM: ParamSpec = ParamSpec {
    key: "momentum",
    label: "Momentum μ",
    range: (0.0, 0.999),
    default: 0.0,
    help: teach!(
        "Share of the velocity kept from step to step. 0 takes each scaled gradient as it comes; near 1 steps build up speed and overshoot."
    ),
    ..ParamSpec::NEW
};
const CENTERED: ParamSpec = ParamSpec {
    key: "centered",
    label: "Centred",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "off", label: "Off" }, Word { key: "on", label: "On" }]),
    default: 0.0,
    help: teach!(
        "On: divides by the standard deviation of the gradient instead of its root mean square. Weights whose gradient keeps its direction then take longer steps."
    ),
    ..ParamSpec::NEW
};
const EPSILON: ParamSpec = ParamSpec {
    key: "eps",
    label: "ε",
    range: (1e-10, 1.0),
    scale: Scale::Log,
    default: 1e-8,
    help: teach!("Keeps the division finite where gradients vanish. Large values turn RMSprop into plain SGD."),
    ..ParamSpec::NEW
};

struct RmsProp {
    alpha: f32,
    fresh: f32,
    momentum: f32,
    /// 1 where centred, else 0.
    centered: f32,
    epsilon: f32,
}

impl Optimizer for RmsProp {
    /// Mean square, mean and velocity. All three are kept whatever the settings, so that momentum and centring can be turned on mid-run.
    fn slots(&self) -> usize {
        3
    }

    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        settle(step, memory);
        let [square, mean, velocity] = memory else { return };
        for ((((p, g), s), m), v) in param.iter_mut().zip(grad).zip(square).zip(mean).zip(velocity) {
            *s = self.alpha * *s + self.fresh * g * g;
            *m += self.fresh * (g - *m);
            // Rounding can push a variance that is almost zero below it.
            let variance = *s - self.centered * *m * *m;
            let variance = if variance > 0.0 { variance } else { 0.0 };
            *v = self.momentum * *v + g / (variance.sqrt() + self.epsilon);
            *p -= lr * *v;
        }
    }

    fn wgsl(&self) -> Option<Wgsl> {
        let wgsl = wgsl!("rmsprop.wgsl")
            .with("ALPHA", f64::from(self.alpha))
            .with("FRESH", f64::from(self.fresh))
            .with("MOMENTUM", f64::from(self.momentum))
            .with("CENTERED", f64::from(self.centered))
            .with("EPSILON", f64::from(self.epsilon));
        Some(wgsl)
    }

    fn rule(&self, _: u64, lr: f32) -> [f32; 4] {
        [lr, 0.0, 0.0, 0.0]
    }
}
