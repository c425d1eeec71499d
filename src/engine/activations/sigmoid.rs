//! Logistic sigmoid.

use super::Activation;
use crate::{
    engine::catalog::Entry,
    kernels::{elementwise::math::sigmoid, wgsl::Wgsl},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "sigmoid",
    label: "Sigmoid",
    help: teach!(
        "Squeezes any number into 0 to 1, as a probability. Its slope is at most a quarter and vanishes at both ends, so deep stacks of it learn slowly."
    ),
    formula: teach!(r"\sigma(x) = \frac{1}{1 + e^{-x}}"),
    source: teach!("Rumelhart et al. 1986, Learning representations by back-propagating errors"),
    params: &[],
    build: |_| Box::new(Sigmoid),
};

struct Sigmoid;

impl Activation for Sigmoid {
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = sigmoid(*x);
        }
    }

    fn backward(&self, _: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32]) {
        for ((dx, dy), y) in dx.iter_mut().zip(dy).zip(y) {
            *dx = dy * (y * (1.0 - y));
        }
    }

    fn wgsl(&self) -> Wgsl {
        wgsl!("sigmoid.wgsl")
    }
}
