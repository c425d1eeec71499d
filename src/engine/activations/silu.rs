//! Sigmoid linear unit.

use super::Activation;
use crate::{
    engine::catalog::Entry,
    kernels::{elementwise::math::sigmoid, wgsl::Wgsl},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "silu",
    label: "SiLU (Swish)",
    help: teach!(
        "The input times its own sigmoid: a smooth ReLU that dips slightly below zero. Often a little more accurate than ReLU, and always dearer to compute."
    ),
    formula: teach!(r"f(x) = x\, \sigma(x)"),
    source: teach!(
        "Elfwing et al. 2018, Sigmoid-weighted linear units for neural network function approximation in reinforcement learning"
    ),
    params: &[],
    build: |_| Box::new(Silu),
};

struct Silu;

impl Activation for Silu {
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = x * sigmoid(*x);
        }
    }

    fn backward(&self, x: &[f32], _: &[f32], dy: &[f32], dx: &mut [f32]) {
        for ((dx, dy), x) in dx.iter_mut().zip(dy).zip(x) {
            let s = sigmoid(*x);
            *dx = dy * (s * (1.0 + x * (1.0 - s)));
        }
    }

    fn wgsl(&self) -> Wgsl {
        wgsl!("silu.wgsl")
    }
}
