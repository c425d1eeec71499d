//! Xavier initialisation.

use super::{Initializer, fill_normal, fill_uniform};
use crate::engine::{catalog::Entry, params::ParamSpec, rng::Rng, shape::TensorSpec};

pub(super) const UNIFORM: Entry<super::Build> = Entry {
    key: "xavier",
    label: "Xavier (Glorot) uniform",
    help: teach!(
        "Spread chosen as a compromise between keeping signals their size on the way forward and gradients on the way back. Made for tanh and sigmoid."
    ),
    formula: teach!(r"w \sim U(-\ell, \ell),\quad \ell = g \sqrt{\frac{6}{n_\text{in} + n_\text{out}}}"),
    source: teach!("Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"),
    params: &[GAIN],
    build: |v| Box::new(Xavier { normal: false, gain: v.get(&GAIN) }),
};

pub(super) const NORMAL: Entry<super::Build> = Entry {
    key: "xavier-normal",
    label: "Xavier (Glorot) normal",
    help: teach!(
        "The same spread as Xavier uniform, from a bell curve. Most weights start smaller and a few start larger, which in practice makes little difference."
    ),
    formula: teach!(r"w \sim N(0, \sigma^2),\quad \sigma = g \sqrt{\frac{2}{n_\text{in} + n_\text{out}}}"),
    source: teach!("Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"),
    params: &[GAIN],
    build: |v| Box::new(Xavier { normal: true, gain: v.get(&GAIN) }),
};

pub(super) const GAIN: ParamSpec = ParamSpec {
    key: "gain",
    label: "Gain g",
    range: (0.1, 4.0),
    default: 1.0,
    help: teach!(
        "Factor on the spread: 1 for linear and sigmoid, 5/3 for tanh, √2 for ReLU. Too small and signals fade from layer to layer, too large and they explode."
    ),
    ..ParamSpec::NEW
};

struct Xavier {
    normal: bool,
    gain: f64,
}

impl Initializer for Xavier {
    fn fill(&self, tensor: &TensorSpec, rng: &mut Rng, weights: &mut [f32]) {
        let variance = self.gain * self.gain * 2.0 / (tensor.fan_in + tensor.fan_out) as f64;
        if self.normal { fill_normal(variance, rng, weights) } else { fill_uniform(variance, rng, weights) }
    }
}
