//! A slope to learn.

use super::{Generator, RADIUS, REGRESSION_PARAMS};
use crate::engine::{catalog::Entry, rng::Rng};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "plane",
    label: "Slope (regression)",
    help: teach!(
        "The value rises evenly from one corner to the other. Linear regression, a network without hidden layer, fits it as well as anything can."
    ),
    formula: teach!(r"y = \frac{x_1 + x_2}{10}"),
    source: teach!("After the data sets of TensorFlow Playground (Smilkov & Carter 2016)"),
    params: REGRESSION_PARAMS,
    build: |_| Box::new(Plane),
};

struct Plane;

impl Generator for Plane {
    fn classes(&self) -> &'static [&'static str] {
        &[]
    }

    fn point(&self, _: usize, _: f32, noise: f32, rng: &mut Rng) -> ([f32; 2], f32) {
        let (x, y) = (rng.range(-RADIUS, RADIUS), rng.range(-RADIUS, RADIUS));
        ([x, y], (x + y) / (2.0 * RADIUS) + noise * rng.normal())
    }
}
