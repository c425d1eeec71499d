//! Linear models: weighted sums of the features, for values as they are, for classes through a logistic function.

mod descent;
mod fit;
mod lbfgs;
mod logistic;
mod model;
mod proximal;
mod squares;

use std::sync::Arc;

pub(super) use fit::constant;
pub(super) use model::read;

use super::{Fit, Learner, Table};
use crate::engine::{
    catalog::Entry,
    error::SpecError,
    params::{ParamSpec, Scale, Values},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "linear",
    label: "Linear / logistic",
    help: teach!(
        "Predicts by one weighted sum of the features per class, or per value: logistic regression, ridge regression, and with L1 the lasso. It is small, fast and easy to read, and cannot learn what no straight line separates."
    ),
    formula: teach!(
        r"\min_{w,b}\ \frac{1}{n} \sum_i \ell(y_i, w^\top x_i + b) + \alpha \left( \rho \|w\|_1 + \tfrac{1 - \rho}{2} \|w\|_2^2 \right)"
    ),
    source: teach!("Zou & Hastie 2005, Regularization and variable selection via the elastic net"),
    params: &[ALPHA, L1_RATIO, MAX_ITER],
    build: |values| Box::new(Settings::new(values)),
};

const ALPHA: ParamSpec = ParamSpec {
    key: "alpha",
    label: "Penalty α",
    range: (0.0, 10.0),
    scale: Scale::Log,
    default: 0.01,
    help: teach!(
        "How much large weights cost. At 0 only the training data counts, and weights of features that say the same may grow without limit; large values leave little more than the mean."
    ),
    ..ParamSpec::NEW
};

const L1_RATIO: ParamSpec = ParamSpec {
    key: "l1-ratio",
    label: "L1 ratio ρ",
    range: (0.0, 1.0),
    default: 0.0,
    help: teach!(
        "How much of the penalty is on magnitudes (L1) instead of squares (L2). L1 makes weights exactly 0, which leaves features out and the model smaller; of features that say the same it keeps an arbitrary one."
    ),
    source: teach!("Tibshirani 1996, Regression shrinkage and selection via the lasso"),
    ..ParamSpec::NEW
};

const MAX_ITER: ParamSpec = ParamSpec {
    key: "max-iter",
    label: "Most iterations",
    range: (1.0, 10_000.0),
    scale: Scale::Integer,
    default: 1000.0,
    help: teach!(
        "After how many passes over the data learning ends if it has not converged before. Fewer are an early stop, which acts like a penalty; more cost time alone."
    ),
    ..ParamSpec::NEW
};

/// What the sliders say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// Weight of the penalty beside the mean loss.
    pub alpha: f64,
    /// Share of the penalty that is on magnitudes.
    pub l1_ratio: f64,
    /// Most iterations.
    pub max_iter: usize,
}

impl Settings {
    fn new(values: &Values) -> Self {
        Self { alpha: values.get(&ALPHA), l1_ratio: values.get(&L1_RATIO), max_iter: values.usize(&MAX_ITER) }
    }

    /// Weight of the L1 penalty.
    fn l1(&self) -> f64 {
        self.alpha * self.l1_ratio
    }

    /// Weight of half the squares.
    fn l2(&self) -> f64 {
        self.alpha * (1.0 - self.l1_ratio)
    }
}

impl Learner for Settings {
    fn fit(&self, table: &Arc<Table>, _seed: u64) -> Result<Box<dyn Fit>, SpecError> {
        table.check()?;
        Ok(Box::new(fit::Fitting::new(table, *self)))
    }
}
