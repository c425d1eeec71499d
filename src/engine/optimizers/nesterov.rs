//! Nesterov's accelerated gradient.

use super::{Optimizer, keep, momentum::MOMENTUM, settle, sgd::DECAY};
use crate::{engine::catalog::Entry, kernels::wgsl::Wgsl};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "nesterov",
    label: "Nesterov momentum",
    help: teach!(
        "Momentum that looks ahead: each step already counts where the velocity will carry the weights next. It brakes earlier before a slope turns, and so overshoots less."
    ),
    formula: teach!(r"v \leftarrow \mu v + g,\quad \theta \leftarrow (1 - \eta\lambda)\,\theta - \eta\, (g + \mu v)"),
    source: teach!("Sutskever et al. 2013, On the importance of initialization and momentum in deep learning"),
    params: &[MOMENTUM, DECAY],
    build: |v| Box::new(Nesterov { momentum: v.f32(&MOMENTUM), decay: v.get(&DECAY) }),
};

struct Nesterov {
    momentum: f32,
    decay: f64,
}

impl Optimizer for Nesterov {
    fn slots(&self) -> usize {
        1
    }

    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        settle(step, memory);
        let [velocity] = memory else { return };
        let keep = keep(lr, self.decay);
        for ((p, g), v) in param.iter_mut().zip(grad).zip(velocity) {
            *v = self.momentum * *v + g;
            *p = keep * *p - lr * (g + self.momentum * *v);
        }
    }

    fn wgsl(&self) -> Option<Wgsl> {
        Some(wgsl!("nesterov.wgsl").with("MOMENTUM", f64::from(self.momentum)))
    }

    fn rule(&self, _: u64, lr: f32) -> [f32; 4] {
        [lr, 0.0, keep(lr, self.decay), 0.0]
    }
}
