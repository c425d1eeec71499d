//! Hyperbolic tangent.

use super::Activation;
use crate::{
    engine::catalog::Entry,
    kernels::{elementwise::math::tanh, wgsl::Wgsl},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "tanh",
    label: "Tanh",
    help: teach!(
        "Squeezes any number into −1 to 1, and passes small ones almost unchanged. Centred on zero, it trains more easily than the sigmoid, but its slope vanishes at both ends as well."
    ),
    formula: teach!(r"\tanh(x) = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}"),
    source: teach!("LeCun et al. 1998, Efficient BackProp"),
    params: &[],
    build: |_| Box::new(Tanh),
};

struct Tanh;

impl Activation for Tanh {
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = tanh(*x);
        }
    }

    fn backward(&self, _: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32]) {
        for ((dx, dy), y) in dx.iter_mut().zip(dy).zip(y) {
            *dx = dy * (1.0 - y * y);
        }
    }

    fn wgsl(&self) -> Wgsl {
        wgsl!("tanh.wgsl")
    }
}
