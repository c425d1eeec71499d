//! Weight ranges: up to which weight the levels of a grid reach. What lies beyond is stored as the outermost level.

use serde::{Deserialize, Serialize};

use crate::engine::{
    catalog::{Entry, catalog},
    params::{ParamSpec, Values},
};

/// A rule for the range of some weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Range {
    /// The whole range for 5 bits and more, the least squared error for 4, 3 and 2, the mean magnitude for 1.
    Auto,
    /// The whole range: nothing is clipped.
    MinMax,
    /// The range with the least squared error.
    LeastSquares,
    /// As far as this share of the weights reaches, 0.5 to 1.
    Percentile(f32),
    /// A step of the mean magnitude; for ternary and binary weights, else as `Auto`.
    AbsMean,
    /// Step sizes are learnt, as weights are (Esser et al. 2020, Learned step size quantization); for symmetric weights of 2 bits and more, per tensor or per
    /// channel. In no list: training says so, and what is not learnt yet begins at twice the mean magnitude over the root of the largest code.
    Learned,
    /// This share of the largest magnitude, above 0 and up to 1: set by hand, for one layer. One bit has no range, and stays as `Auto`.
    Share(f32),
}

/// Makes a rule from checked values.
pub type Build = fn(&Values) -> Range;

catalog! {
    /// Every rule, in the order of the page's menu.
    Build, kind: "weight range", field: "range", [AUTO, MINMAX, MSE, PERCENTILE, ABSMEAN]
}

const AUTO: Entry<Build> = Entry {
    key: "auto",
    label: "By width",
    help: teach!(
        "The whole range at 5 bits and more, where levels are close; the least squared error at 4, 3 and 2 bits, where clipping a few large weights serves all others; the mean magnitude at 1 bit. Good everywhere, and best by no single measure."
    ),
    formula: teach!(r"s_{b \ge 5} = \frac{\max_i |w_i|}{2^{b-1} - 1},\quad s_{b \le 4} = \arg\min_s \sum_i (w_i - \hat w_i)^2"),
    source: teach!("Krishnamoorthi 2018, Quantizing deep convolutional networks for efficient inference"),
    params: &[],
    build: |_| Range::Auto,
};

const MINMAX: Entry<Build> = Entry {
    key: "minmax",
    label: "Min-max",
    help: teach!(
        "Levels reach over all weights, so that none is clipped. One outlier makes every step coarse, which costs most where bits are few."
    ),
    formula: teach!(r"s = \frac{\max_i |w_i|}{2^{b-1} - 1}"),
    source: teach!("Jacob et al. 2018, Quantization and training of neural networks for efficient integer-arithmetic-only inference"),
    params: &[],
    build: |_| Range::MinMax,
};

const MSE: Entry<Build> = Entry {
    key: "mse",
    label: "Least squared error",
    help: teach!(
        "Searches for the range that makes the squared difference from the floats least: a few weights are clipped so that all others are stored more finely. The error of weights is not yet that of answers."
    ),
    formula: teach!(r"s = \arg\min_{s} \sum_i \left( w_i - \hat w_i(s) \right)^2"),
    source: teach!("Banner, Nahshan & Soudry 2019, Post training 4-bit quantization of convolutional networks for rapid-deployment"),
    params: &[],
    build: |_| Range::LeastSquares,
};

const SHARE: ParamSpec = ParamSpec {
    key: "share",
    label: "Share",
    unit: "%",
    range: (50.0, 100.0),
    default: 99.9,
    help: teach!(
        "How many of the weights lie within the range. 100 is min-max; at 99 every hundredth weight is clipped, and lower shares cut into what the layer has learnt."
    ),
    formula: teach!(r"P\left( |w| \le r \right) = p"),
    ..ParamSpec::NEW
};

const PERCENTILE: Entry<Build> = Entry {
    key: "percentile",
    label: "Percentile",
    help: teach!(
        "Levels reach as far as a given share of the weights. Outliers no longer decide, but what share is right differs from layer to layer."
    ),
    formula: teach!(r"s = \frac{Q_p(|w|)}{2^{b-1} - 1}"),
    source: teach!("Wu et al. 2020, Integer quantization for deep learning inference: principles and empirical evaluation"),
    params: &[SHARE],
    build: |values| Range::Percentile((values.get(&SHARE) / 100.0) as f32),
};

const ABSMEAN: Entry<Build> = Entry {
    key: "absmean",
    label: "Mean magnitude",
    help: teach!(
        "A step is the mean magnitude of the weights: the rule of ternary language models, in which a weight is −1, 0 or 1 times it. It is made for 2 bits and for 1; at other widths the range is chosen by width."
    ),
    formula: teach!(r"s = \frac{1}{n} \sum_i |w_i|,\quad q = \operatorname{clamp}\left(\operatorname{round}(w / s),\, -1,\, 1\right)"),
    source: teach!("Ma et al. 2024, The era of 1-bit LLMs: all large language models are in 1.58 bits"),
    params: &[],
    build: |_| Range::AbsMean,
};
