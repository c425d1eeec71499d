//! Two spirals, one inside the other.

use super::{Generator, PARAMS, RADIUS, jitter};
use crate::engine::{catalog::Entry, rng::Rng};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "spiral",
    label: "Two spirals",
    help: teach!("Two arms wound around each other, the hardest of the small sets. It takes two or three hidden layers and some patience."),
    formula: "",
    source: teach!("Lang & Witbrock 1988, Learning to tell two spirals apart"),
    params: PARAMS,
    build: |_| Box::new(Spiral),
};

/// Turns from the centre to the edge.
const TURNS: f32 = 1.75;

struct Spiral;

impl Generator for Spiral {
    fn classes(&self) -> &'static [&'static str] {
        &["first arm", "second arm"]
    }

    fn point(&self, class: usize, t: f32, noise: f32, rng: &mut Rng) -> ([f32; 2], f32) {
        let turn = TURNS * t * core::f32::consts::TAU + class as f32 * core::f32::consts::PI;
        let r = t * RADIUS;
        (jitter([r * libm::sinf(turn), r * libm::cosf(turn)], noise * 0.4, rng), class as f32)
    }
}
