//! Gaussian error linear unit, in its exact form (by the error function, not the tanh approximation).

use super::Activation;
use crate::{
    engine::catalog::Entry,
    kernels::{elementwise::math::normal, wgsl::Wgsl},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "gelu",
    label: "GELU",
    help: teach!(
        "The input times the probability that a standard normal number is smaller. The smooth switch of most transformers; close to ReLU away from zero."
    ),
    formula: teach!(r"f(x) = x\, \Phi(x) = \frac{x}{2} \left(1 + \operatorname{erf} \frac{x}{\sqrt 2}\right)"),
    source: teach!("Hendrycks & Gimpel 2016, Gaussian error linear units (GELUs)"),
    params: &[],
    build: |_| Box::new(Gelu),
};

struct Gelu;

impl Activation for Gelu {
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = x * normal(*x).0;
        }
    }

    fn backward(&self, x: &[f32], _: &[f32], dy: &[f32], dx: &mut [f32]) {
        for ((dx, dy), x) in dx.iter_mut().zip(dy).zip(x) {
            let (below, density) = normal(*x);
            *dx = dy * (below + x * density);
        }
    }

    fn wgsl(&self) -> Wgsl {
        wgsl!("../../kernels/elementwise/elementwise.wgsl").join(&wgsl!("gelu.wgsl"))
    }
}
