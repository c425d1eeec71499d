//! AMSGrad.

use super::{
    Optimizer,
    adam::{Adam, BETA1, BETA2, EPSILON},
    settle,
};
use crate::{engine::catalog::Entry, kernels::wgsl::Wgsl};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "amsgrad",
    label: "AMSGrad",
    help: teach!(
        "Adam that divides by the largest mean squared gradient so far, so that a rare large gradient is never forgotten and steps never grow back. It mends cases in which Adam fails to converge; elsewhere the two are much alike, at three extra numbers per weight."
    ),
    formula: teach!(
        r"\hat v \leftarrow \max(\hat v, v),\quad \theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v / (1 - \beta_2^t)} + \epsilon}"
    ),
    source: teach!("Reddi, Kale & Kumar 2018, On the convergence of Adam and beyond"),
    params: &[BETA1, BETA2, EPSILON],
    build: |v| Box::new(AmsGrad { adam: Adam::new(v) }),
};

struct AmsGrad {
    adam: Adam,
}

impl Optimizer for AmsGrad {
    /// Mean, mean square, and the largest mean square so far (before its correction, as in PyTorch).
    fn slots(&self) -> usize {
        3
    }

    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        settle(step, memory);
        let [mean, square, largest] = memory else { return };
        let ([b1, b2], [fresh1, fresh2]) = self.adam.shares();
        let [rate, unbias, ..] = self.adam.scalars(step, lr, 1.0);
        for ((((p, g), m), v), most) in param.iter_mut().zip(grad).zip(mean).zip(square).zip(largest) {
            *m = b1 * *m + fresh1 * g;
            *v = b2 * *v + fresh2 * g * g;
            *most = if *v > *most { *v } else { *most };
            *p -= rate * *m / (most.sqrt() * unbias + self.adam.epsilon());
        }
    }

    fn wgsl(&self) -> Option<Wgsl> {
        Some(self.adam.constants(wgsl!("amsgrad.wgsl")))
    }

    fn rule(&self, step: u64, lr: f32) -> [f32; 4] {
        self.adam.scalars(step, lr, 1.0)
    }
}
