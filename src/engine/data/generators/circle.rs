//! A disc inside a ring.

use super::{Generator, PARAMS, RADIUS, disc, jitter};
use crate::engine::{catalog::Entry, rng::Rng};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "circle",
    label: "Circle",
    help: teach!("One class inside, the other around it. No straight line separates them, and three hidden neurons do."),
    formula: "",
    source: teach!("After the data sets of TensorFlow Playground (Smilkov & Carter 2016)"),
    params: PARAMS,
    build: |_| Box::new(Circle),
};

struct Circle;

impl Generator for Circle {
    fn classes(&self) -> &'static [&'static str] {
        &["inside", "outside"]
    }

    fn point(&self, class: usize, _: f32, noise: f32, rng: &mut Rng) -> ([f32; 2], f32) {
        let point = if class == 0 { disc(0.0, 0.5 * RADIUS, rng) } else { disc(0.7 * RADIUS, RADIUS, rng) };
        (jitter(point, noise, rng), class as f32)
    }
}
