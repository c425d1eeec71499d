//! Hills and hollows to learn.

use super::{Generator, RADIUS, REGRESSION_PARAMS};
use crate::engine::{catalog::Entry, rng::Rng};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "hills",
    label: "Hills (regression)",
    help: teach!("Three bell-shaped hills and three hollows. A linear model sees nothing here; hidden layers build the bumps one by one."),
    formula: teach!(r"y = \sum_i \pm\, e^{-\lVert x - c_i \rVert^2 / 2}"),
    source: teach!("After the data sets of TensorFlow Playground (Smilkov & Carter 2016)"),
    params: REGRESSION_PARAMS,
    build: |_| Box::new(Hills),
};

/// Centre and sign of each.
const HILLS: [(f32, f32, f32); 6] =
    [(-3.0, 3.0, 1.0), (0.0, 3.0, -1.0), (3.0, 3.0, 1.0), (-3.0, -3.0, -1.0), (0.0, -3.0, 1.0), (3.0, -3.0, -1.0)];

struct Hills;

impl Generator for Hills {
    fn classes(&self) -> &'static [&'static str] {
        &[]
    }

    fn point(&self, _: usize, _: f32, noise: f32, rng: &mut Rng) -> ([f32; 2], f32) {
        let (x, y) = (rng.range(-RADIUS, RADIUS), rng.range(-RADIUS, RADIUS));
        let value: f32 = HILLS.iter().map(|(a, b, sign)| sign * libm::expf(-((x - a) * (x - a) + (y - b) * (y - b)) / 2.0)).sum();
        ([x, y], value + noise * 0.5 * rng.normal())
    }
}
