//! Which family of models learns: a network, or one of the learners of scikit-learn's kind; and how what a learner has come to is made small.

use serde::{Deserialize, Serialize};

use super::Experiment;
use crate::engine::{
    catalog::{Info, Listing},
    learners,
    params::{ParamSpec, Scale, Word},
};

/// Key of the family that the experiment's layers, optimizer and schedule are about.
pub const NETWORK: &str = "network";
/// Link key of the family.
pub const LEARNER: &str = "learner";

const NETWORK_INFO: Info = Info {
    key: NETWORK,
    label: "Neural network",
    help: teach!(
        "Layers of weights that gradients move. It learns from images and rows alike, and takes more samples, time and choices than the others."
    ),
    formula: teach!(r"f(x) = W_L\, \sigma(\dots \sigma(W_1 x + b_1) \dots) + b_L"),
    source: teach!("Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors"),
    params: &[],
};

/// Every family: the network, then the learners.
pub(super) const FAMILIES: Listing = Listing { kind: "model family", field: LEARNER, entries: &ALL, cpu_only: &[] };

const ALL: [Info; 1 + learners::LISTING.entries.len()] = {
    let mut all = [NETWORK_INFO; _];
    let mut i = 1;
    while i < all.len() {
        all[i] = learners::LISTING.entries[i - 1];
        i += 1;
    }
    all
};

/// How a fitted learner is made small; ranges and help are in [`FIELDS`](super::FIELDS). What does not apply to a learner changes nothing about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shrink {
    /// Levels of a tree that stay below its root; 0 for all.
    pub depth: usize,
    /// Price of a leaf, as in cost-complexity pruning; 0 prunes nothing.
    pub alpha: f64,
    /// Share of the trees that stay, the first ones; 1 for all.
    pub keep: f64,
    /// Whether numbers are stored in 8 bits (1).
    pub bits: usize,
}

impl Default for Shrink {
    fn default() -> Self {
        Self { depth: CUT_DEPTH.default as usize, alpha: CCP_ALPHA.default, keep: KEEP_TREES.default, bits: LEARNER_BITS.default as usize }
    }
}

impl Experiment {
    /// Whether a network learns.
    #[must_use]
    pub fn is_network(&self) -> bool {
        self.learner.key == NETWORK
    }
}

pub(super) const CUT_DEPTH: ParamSpec = ParamSpec {
    key: "cutdepth",
    label: "Depth kept",
    unit: "levels",
    range: (0.0, 32.0),
    scale: Scale::Integer,
    default: 0.0,
    help: teach!(
        "Cuts fitted trees off below so many questions; what stood below becomes a leaf with the mean of its samples. 0 keeps all; few levels forget exceptions first, and then what matters."
    ),
    formula: teach!(r"\operatorname{depth}(T) \le d"),
    source: teach!("Breiman, Friedman, Olshen & Stone 1984, Classification and regression trees"),
};

pub(super) const CCP_ALPHA: ParamSpec = ParamSpec {
    key: "ccpalpha",
    label: "Cost-complexity α",
    range: (0.0, 1.0),
    scale: Scale::Log,
    default: 0.0,
    help: teach!(
        "Prunes fitted trees from the weakest link on: a branch goes where it lowers the training error by less than α for each leaf that it costs. 0 prunes nothing; a large α leaves the root alone."
    ),
    formula: teach!(r"R_\alpha(T) = R(T) + \alpha\, \lvert \tilde T \rvert"),
    source: teach!("Breiman, Friedman, Olshen & Stone 1984, Classification and regression trees"),
    ..ParamSpec::NEW
};

pub(super) const KEEP_TREES: ParamSpec = ParamSpec {
    key: "keeptrees",
    label: "Trees kept",
    range: (0.01, 1.0),
    default: 1.0,
    help: teach!(
        "Share of the trees of a forest or of boosting that stay, the first ones; at least one does. A forest loses little until few are left, and boosting unlearns what its last rounds put right."
    ),
    formula: teach!(r"m = \lceil s\, M \rceil"),
    source: teach!("Breiman 2001, Random forests"),
    ..ParamSpec::NEW
};

pub(super) const LEARNER_BITS: ParamSpec = ParamSpec {
    key: "learnerbits",
    label: "Numbers stored as",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "f32", label: "32-bit floats" }, Word { key: "int8", label: "8 bits" }]),
    default: 0.0,
    help: teach!(
        "Thresholds and leaves of trees, coefficients, support vectors and stored samples in 8 bits each, on a grid with a scale of its own. The file shrinks to about a quarter; samples that lie close to a threshold may change sides."
    ),
    formula: teach!(r"q = \operatorname{round}(v / s),\quad \hat v = s\, q"),
    source: teach!("Jacob et al. 2018, Quantization and training of neural networks for efficient integer-arithmetic-only inference"),
    ..ParamSpec::NEW
};
