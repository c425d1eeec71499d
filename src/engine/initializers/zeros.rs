//! All zeros: how not to begin.

use super::Initializer;
use crate::engine::{catalog::Entry, rng::Rng, shape::TensorSpec};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "zeros",
    label: "Zeros",
    help: teach!(
        "Starts every weight at zero, to show why nobody does. All units of a layer are then alike and receive the same gradient, so hidden layers never learn to differ; chance has to break the symmetry."
    ),
    formula: teach!(r"w = 0"),
    source: "",
    params: &[],
    build: |_| Box::new(Zeros),
};

struct Zeros;

impl Initializer for Zeros {
    fn fill(&self, _: &TensorSpec, _: &mut Rng, weights: &mut [f32]) {
        weights.fill(0.0);
    }
}
