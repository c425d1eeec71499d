//! Gaussian error linear unit, in its exact form (by the error function, not the tanh approximation).

use super::Activation;
use crate::engine::catalog::Entry;

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "gelu",
    label: "GELU",
    help: "The input times the probability that a standard normal number is smaller. The smooth switch of most transformers; close to ReLU away from zero.",
    formula: r"f(x) = x\, \Phi(x) = \frac{x}{2} \left(1 + \operatorname{erf} \frac{x}{\sqrt 2}\right)",
    source: "Hendrycks & Gimpel 2016, Gaussian error linear units (GELUs)",
    params: &[],
    build: |_| Box::new(Gelu),
};

struct Gelu;

impl Activation for Gelu {
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = x * normal_cdf(*x);
        }
    }

    fn backward(&self, x: &[f32], _: &[f32], dy: &[f32], dx: &mut [f32]) {
        for ((dx, dy), x) in dx.iter_mut().zip(dy).zip(x) {
            let density = FRAC_1_SQRT_TAU * libm::expf(-0.5 * x * x);
            *dx = dy * (normal_cdf(*x) + x * density);
        }
    }
}

/// `1 / √(2π)`.
const FRAC_1_SQRT_TAU: f32 = 0.398_942_3;

/// Probability that a standard normal number is below `x`.
fn normal_cdf(x: f32) -> f32 {
    0.5 * (1.0 + libm::erff(x * core::f32::consts::FRAC_1_SQRT_2))
}
