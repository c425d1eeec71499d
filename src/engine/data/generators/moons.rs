//! Two half moons.

use super::{Generator, PARAMS};
use crate::engine::{catalog::Entry, rng::Rng};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "moons",
    label: "Two moons",
    help: teach!("Two half moons that reach into each other. A straight line gets most points right, and a small network the rest."),
    formula: "",
    source: teach!("As scikit-learn's make_moons (Pedregosa et al. 2011)"),
    params: PARAMS,
    build: |_| Box::new(Moons),
};

/// From scikit-learn's units to the plane's.
const SCALE: f32 = 2.8;

struct Moons;

impl Generator for Moons {
    fn classes(&self) -> &'static [&'static str] {
        &["upper moon", "lower moon"]
    }

    fn point(&self, class: usize, t: f32, noise: f32, rng: &mut Rng) -> ([f32; 2], f32) {
        let angle = t * core::f32::consts::PI;
        let (x, y) = (libm::cosf(angle), libm::sinf(angle));
        let (x, y) = if class == 0 { (x, y) } else { (1.0 - x, 0.5 - y) };
        // scikit-learn centres nothing; here the plane is centred on the two moons.
        let mut stray = || (noise * rng.normal()).clamp(-1.0, 1.0);
        ([(x - 0.5 + stray()) * SCALE, (y - 0.25 + stray()) * SCALE], class as f32)
    }
}
