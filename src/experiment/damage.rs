//! What is done to data on purpose, to see what breaks: how each kind of [`Damage`](crate::engine::data::Damage) is set.

use crate::engine::params::{ParamSpec, Scale};

pub(super) const LABELS: ParamSpec = ParamSpec {
    key: "labelnoise",
    label: "Wrong labels",
    range: (0.0, 0.9),
    default: 0.0,
    help: teach!(
        "Share of training samples that get a wrong class, any of the others alike; where a number is predicted, normal noise of so many of its standard deviations. The test set keeps its true answers: a large network learns the wrong ones by heart, and early stopping, weight decay or mixup keep it from that."
    ),
    formula: teach!(r"P(\tilde y = j \mid y = i) = \frac{\eta}{k - 1} \quad (j \ne i)"),
    source: teach!(
        "Angluin & Laird 1988, Learning from noisy examples; Zhang et al. 2017, Understanding deep learning requires rethinking generalization"
    ),
    ..ParamSpec::NEW
};

pub(super) const IMBALANCE: ParamSpec = ParamSpec {
    key: "imbalance",
    label: "Imbalance ρ",
    range: (1.0, 100.0),
    scale: Scale::Log,
    default: 1.0,
    help: teach!(
        "How many times more training samples the first class has than the last, with the others between. The test set stays as it is, so accuracy shows what rare classes lose; class weights or focal loss give some of it back, and pruning takes it first."
    ),
    formula: teach!(r"n_k \leftarrow n_k\, \rho^{-k / (C - 1)}"),
    source: teach!("Cui et al. 2019, Class-balanced loss based on effective number of samples"),
    ..ParamSpec::NEW
};

pub(super) const MISSING: ParamSpec = ParamSpec {
    key: "missing",
    label: "Missing values",
    range: (0.0, 0.9),
    default: 0.0,
    help: teach!(
        "Share of input values that are lost, each as likely as any other, in training and test samples alike. The mean of what the training samples still have stands in for them, unless a feature step imputes them."
    ),
    formula: teach!(r"\tilde x_j = m_j\, \bar x_j + (1 - m_j)\, x_j,\quad m_j \sim \operatorname{Bernoulli}(p)"),
    source: teach!("Rubin 1976, Inference and missing data"),
    ..ParamSpec::NEW
};

pub(super) const OUTLIERS: ParamSpec = ParamSpec {
    key: "outliers",
    label: "Outliers",
    range: (0.0, 0.5),
    default: 0.0,
    help: teach!(
        "Share of training samples that lie far off: their inputs are drawn with five times the spread, or, where a number is predicted, that number is moved by five to ten standard deviations. Huber loss and MAE mind them less than MSE does, and a quantizer that reaches for the largest value minds them most."
    ),
    formula: teach!(r"\tilde x \sim (1 - \varepsilon)\, F + \varepsilon\, \mathcal{N}\left(\mu, (5\sigma)^2\right)"),
    source: teach!("Huber 1964, Robust estimation of a location parameter"),
    ..ParamSpec::NEW
};

pub(super) const SHIFT: ParamSpec = ParamSpec {
    key: "testshift",
    label: "Shift of the test set",
    unit: "σ",
    range: (0.0, 3.0),
    scale: Scale::Linear,
    default: 0.0,
    help: teach!(
        "Moves every input of the test samples by so many standard deviations of the training inputs, as when a sensor ages or a camera gets another light. What was learnt stays as it was, and so do the true answers."
    ),
    formula: teach!(r"\tilde x_\text{test} = x_\text{test} + s\, \sigma_\text{train}"),
    source: teach!("Shimodaira 2000, Improving predictive inference under covariate shift by weighting the log-likelihood function"),
};
