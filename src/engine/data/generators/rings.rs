//! Three rings.

use super::{Generator, PARAMS, RADIUS, disc, jitter};
use crate::engine::{catalog::Entry, rng::Rng};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "rings",
    label: "Three rings",
    help: teach!("Three classes around one centre. Shows how one network draws two borders at once."),
    formula: "",
    source: teach!("As scikit-learn's make_circles (Pedregosa et al. 2011), with a third ring"),
    params: PARAMS,
    build: |_| Box::new(Rings),
};

struct Rings;

impl Generator for Rings {
    fn classes(&self) -> &'static [&'static str] {
        &["inner", "middle", "outer"]
    }

    fn point(&self, class: usize, _: f32, noise: f32, rng: &mut Rng) -> ([f32; 2], f32) {
        let inner = 0.4 * class as f32 * RADIUS;
        (jitter(disc(inner, inner + 0.2 * RADIUS, rng), noise * 0.6, rng), class as f32)
    }
}
