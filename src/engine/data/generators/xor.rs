//! Opposite quadrants belong together.

use super::{Generator, PARAMS, RADIUS, jitter};
use crate::engine::{catalog::Entry, rng::Rng};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "xor",
    label: "Exclusive or",
    help: teach!("Opposite quadrants share a class. The classic problem that a network without hidden layer cannot solve."),
    formula: teach!(r"y = [x_1 x_2 > 0]"),
    source: teach!("Minsky & Papert 1969, Perceptrons"),
    params: PARAMS,
    build: |_| Box::new(Xor),
};

/// Gap around the axes.
const GAP: f32 = 0.3;

struct Xor;

impl Generator for Xor {
    fn classes(&self) -> &'static [&'static str] {
        &["different signs", "same sign"]
    }

    fn point(&self, class: usize, _: f32, noise: f32, rng: &mut Rng) -> ([f32; 2], f32) {
        let (x, y) = (rng.range(GAP, RADIUS), rng.range(GAP, RADIUS));
        let side = if rng.below(2) == 0 { 1.0 } else { -1.0 };
        let other = if class == 1 { side } else { -side };
        (jitter([side * x, other * y], noise, rng), class as f32)
    }
}
