//! LeCun initialisation.

use super::{Initializer, fill_normal, fill_uniform};
use crate::engine::{catalog::Entry, rng::Rng, shape::TensorSpec};

pub(super) const UNIFORM: Entry<super::Build> = Entry {
    key: "lecun",
    label: "LeCun uniform",
    help: teach!(
        "Spread chosen so that a weighted sum is as large as its inputs, with nothing made up for a bend behind it. Half the variance of He's rule: through many ReLU layers, signals fade."
    ),
    formula: teach!(r"w \sim U(-\ell, \ell),\quad \ell = \sqrt{\frac{3}{n_\text{in}}}"),
    source: teach!("LeCun et al. 1998, Efficient BackProp"),
    params: &[],
    build: |_| Box::new(LeCun { normal: false }),
};

pub(super) const NORMAL: Entry<super::Build> = Entry {
    key: "lecun-normal",
    label: "LeCun normal",
    help: teach!(
        "The same spread as LeCun uniform, from a bell curve. Most weights start smaller and a few start larger, which in practice makes little difference."
    ),
    formula: teach!(r"w \sim N(0, \sigma^2),\quad \sigma = \sqrt{\frac{1}{n_\text{in}}}"),
    source: teach!("LeCun et al. 1998, Efficient BackProp"),
    params: &[],
    build: |_| Box::new(LeCun { normal: true }),
};

struct LeCun {
    normal: bool,
}

impl Initializer for LeCun {
    fn fill(&self, tensor: &TensorSpec, rng: &mut Rng, weights: &mut [f32]) {
        let variance = 1.0 / tensor.fan_in as f64;
        if self.normal { fill_normal(variance, rng, weights) } else { fill_uniform(variance, rng, weights) }
    }
}
