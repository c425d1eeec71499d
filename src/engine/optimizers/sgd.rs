//! Stochastic gradient descent.

use super::Optimizer;
use crate::{engine::catalog::Entry, kernels::wgsl::Wgsl};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "sgd",
    label: "SGD",
    help: teach!("Walks straight down the gradient of the mini-batch. Simple and memory-free, but slow along narrow valleys."),
    formula: teach!(r"\theta \leftarrow \theta - \eta\, g"),
    source: teach!("Robbins & Monro 1951, A stochastic approximation method"),
    params: &[],
    build: |_| Box::new(Sgd),
};

struct Sgd;

impl Optimizer for Sgd {
    fn slots(&self) -> usize {
        0
    }

    fn update(&self, _: u64, lr: f32, param: &mut [f32], grad: &[f32], _: &mut [Vec<f32>]) {
        for (p, g) in param.iter_mut().zip(grad) {
            *p -= lr * g;
        }
    }

    fn wgsl(&self) -> Wgsl {
        wgsl!("sgd.wgsl")
    }

    fn rule(&self, _: u64, lr: f32) -> [f32; 4] {
        [lr, 0.0, 0.0, 0.0]
    }
}
