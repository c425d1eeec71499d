//! Support vector machines: for two classes at a time, all pairs voting, and for values.

mod fit;
mod kernel;
mod model;
mod platt;
mod smo;

use std::sync::Arc;

use kernel::{Kernel, Shape};
pub(super) use kernel::{distance, magnitudes};
pub(super) use model::read;

use super::{Fit, Learner, Table};
use crate::engine::{
    catalog::Entry,
    error::SpecError,
    params::{ParamSpec, Scale, Word},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "svm",
    label: "Support vector machine",
    help: teach!(
        "Draws the border that keeps the widest margin to both classes, in a space into which a kernel lifts the features. Only the samples at the border are kept, but with noisy classes those are most of them, and each answer compares with every one."
    ),
    formula: teach!(r"\min_{w,b}\ \tfrac{1}{2} \|w\|^2 + C \sum_i \max\left(0,\ 1 - y_i (w^\top \phi(x_i) + b)\right)"),
    source: teach!("Cortes & Vapnik 1995, Support-vector networks"),
    params: &[KERNEL, C, GAMMA, DEGREE, COEF0, EPSILON, PROBABILITY],
    build: |values| {
        Box::new(Settings {
            shape: [Shape::Rbf, Shape::Linear, Shape::Poly][values.usize(&KERNEL)],
            c: values.get(&C),
            gamma: values.get(&GAMMA),
            degree: values.usize(&DEGREE),
            coef0: values.get(&COEF0),
            epsilon: values.get(&EPSILON),
            probability: values.usize(&PROBABILITY) != 0,
        })
    },
};

const KERNEL: ParamSpec = ParamSpec {
    key: "kernel",
    label: "Kernel",
    range: (0.0, 2.0),
    scale: Scale::Choice(&[
        Word { key: "rbf", label: "Radial basis function" },
        Word { key: "linear", label: "Linear" },
        Word { key: "poly", label: "Polynomial" },
    ]),
    default: 0.0,
    help: teach!(
        "How alike two samples are. Radial ones bend the border around single samples, polynomials let features act together, and the linear one draws straight borders."
    ),
    formula: teach!(
        r"k_\text{rbf} = e^{-\gamma \|x - x'\|^2},\quad k_\text{linear} = x^\top x',\quad k_\text{poly} = \left(\gamma\, x^\top x' + r\right)^d"
    ),
    ..ParamSpec::NEW
};

const C: ParamSpec = ParamSpec {
    key: "c",
    label: "C",
    range: (0.001, 1000.0),
    scale: Scale::Log,
    default: 1.0,
    help: teach!(
        "What a sample costs that lies within the margin or on the wrong side. Small values give a wide margin and a smooth border; large ones bend it around every sample, and take long."
    ),
    ..ParamSpec::NEW
};

const GAMMA: ParamSpec = ParamSpec {
    key: "gamma",
    label: "γ",
    range: (0.0, 10.0),
    scale: Scale::Log,
    default: 0.0,
    help: teach!(
        "How fast likeness falls off with distance, or how much features act together. 0 takes one over the number of features times their variance; large values see the nearest samples alone."
    ),
    ..ParamSpec::NEW
};

const DEGREE: ParamSpec = ParamSpec {
    key: "degree",
    label: "Degree d",
    range: (1.0, 6.0),
    scale: Scale::Integer,
    default: 3.0,
    help: teach!(
        "How many features a polynomial multiplies with each other. Each more makes the border bend more; other kernels have none."
    ),
    ..ParamSpec::NEW
};

const COEF0: ParamSpec = ParamSpec {
    key: "coef0",
    label: "Offset r",
    range: (0.0, 10.0),
    default: 1.0,
    help: teach!("How much lower powers count in a polynomial. At 0 only products of d features do; other kernels have none."),
    ..ParamSpec::NEW
};

const EPSILON: ParamSpec = ParamSpec {
    key: "epsilon",
    label: "Tube ε",
    range: (0.0, 1.0),
    default: 0.1,
    help: teach!(
        "For values: errors up to this, in standard deviations, cost nothing. A wide tube leaves few support vectors and a coarse answer; at 0 nearly every sample is one."
    ),
    source: teach!("Smola & Schölkopf 2004, A tutorial on support vector regression"),
    ..ParamSpec::NEW
};

const PROBABILITY: ParamSpec = ParamSpec {
    key: "probability",
    label: "Probabilities",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "off", label: "Off" }, Word { key: "on", label: "On" }]),
    default: 0.0,
    help: teach!(
        "Fits a sigmoid to how far samples lie from each border, in five folds, so that answers are probabilities with a loss and a calibration to look at. Learning takes about five times as long, and the likeliest class need not be the one with most votes."
    ),
    formula: teach!(r"P(y = a \mid a \text{ or } b) = \frac{1}{1 + e^{A f(x) + B}}"),
    source: teach!(
        "Platt 1999, Probabilistic outputs for support vector machines; Lin, Lin & Weng 2007, A note on Platt's probabilistic outputs"
    ),
    ..ParamSpec::NEW
};

/// What the sliders say.
#[derive(Clone, Copy, Debug)]
struct Settings {
    shape: Shape,
    c: f64,
    gamma: f64,
    degree: usize,
    coef0: f64,
    epsilon: f64,
    probability: bool,
}

impl Settings {
    /// The kernel for the inputs of `table`.
    fn kernel(&self, table: &Table) -> Kernel {
        let count = table.inputs.len() as f64;
        let mean = table.inputs.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
        let variance = table.inputs.iter().map(|x| (f64::from(*x) - mean) * (f64::from(*x) - mean)).sum::<f64>() / count;
        let scale = if variance > 0.0 { 1.0 / (table.features as f64 * variance) } else { 1.0 };
        let gamma = if self.gamma > 0.0 { self.gamma } else { scale };
        // Stored in single precision, and the same while it learns.
        Kernel { shape: self.shape, gamma: gamma as f32, degree: self.degree as u8, coef0: self.coef0 as f32 }
    }
}

impl Learner for Settings {
    fn fit(&self, table: &Arc<Table>, _seed: u64) -> Result<Box<dyn Fit>, SpecError> {
        table.check()?;
        Ok(Box::new(fit::Machine::new(table, *self)))
    }
}
