//! He initialisation.

use super::Initializer;
use crate::engine::{catalog::Entry, rng::Rng, shape::TensorSpec};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "he",
    label: "He (Kaiming) uniform",
    help: "Spread chosen so that signals keep their size through layers with ReLU, which halves them. The usual choice for ReLU networks.",
    formula: r"w \sim U\!\left(-\sqrt{6/n_\text{in}},\ \sqrt{6/n_\text{in}}\right)",
    source: "He et al. 2015, Delving deep into rectifiers",
    params: &[],
    build: |_| Box::new(He),
};

struct He;

impl Initializer for He {
    fn fill(&self, tensor: &TensorSpec, rng: &mut Rng, weights: &mut [f32]) {
        let limit = libm::sqrtf(6.0 / tensor.fan_in as f32);
        for w in weights {
            *w = rng.range(-limit, limit);
        }
    }
}
