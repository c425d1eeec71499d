//! He initialisation.

use super::{Initializer, fill_normal, fill_uniform};
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Values},
    rng::Rng,
    shape::TensorSpec,
};

pub(super) const UNIFORM: Entry<super::Build> = Entry {
    key: "he",
    label: "He (Kaiming) uniform",
    help: teach!(
        "Spread chosen so that signals keep their size through layers with ReLU, which halves them. The usual choice for ReLU networks."
    ),
    formula: teach!(r"w \sim U(-\ell, \ell),\quad \ell = \sqrt{\frac{6}{(1 + a^2)\, n_\text{in}}}"),
    source: teach!("He et al. 2015, Delving deep into rectifiers"),
    params: &[SLOPE],
    build: |v| Box::new(He { normal: false, gain: gain(v) }),
};

pub(super) const NORMAL: Entry<super::Build> = Entry {
    key: "he-normal",
    label: "He (Kaiming) normal",
    help: teach!(
        "The same spread as He uniform, from a bell curve. Most weights start smaller and a few start larger, which in practice makes little difference."
    ),
    formula: teach!(r"w \sim N(0, \sigma^2),\quad \sigma = \sqrt{\frac{2}{(1 + a^2)\, n_\text{in}}}"),
    source: teach!("He et al. 2015, Delving deep into rectifiers"),
    params: &[SLOPE],
    build: |v| Box::new(He { normal: true, gain: gain(v) }),
};

const SLOPE: ParamSpec = ParamSpec {
    key: "slope",
    label: "Negative slope a",
    range: (0.0, 1.0),
    default: 0.0,
    help: teach!(
        "Slope of the activation for negative values: 0 for ReLU, that of the leaky ReLU where one follows. 1 is for no bend at all, and then equals LeCun's rule."
    ),
    ..ParamSpec::NEW
};

/// `2 / (1 + a²)`, the square of PyTorch's gain.
fn gain(values: &Values) -> f64 {
    let slope = values.get(&SLOPE);
    2.0 / (1.0 + slope * slope)
}

struct He {
    normal: bool,
    gain: f64,
}

impl Initializer for He {
    fn fill(&self, tensor: &TensorSpec, rng: &mut Rng, weights: &mut [f32]) {
        let variance = self.gain / tensor.fan_in as f64;
        if self.normal { fill_normal(variance, rng, weights) } else { fill_uniform(variance, rng, weights) }
    }
}
