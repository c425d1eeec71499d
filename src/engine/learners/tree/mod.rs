//! Decision trees: CART, alone and in forests.

mod coded;
pub(super) mod columns;
mod file;
mod forest;
mod grow;
pub(super) mod nodes;
mod tally;
pub(super) mod trees;

use std::sync::Arc;

pub(super) use file::read;
pub(super) use forest::{EXTRA, FOREST};
use grow::Rules;
use tally::Criterion;

use super::{Fit, Learner, Table};
use crate::engine::{
    catalog::Entry,
    error::SpecError,
    params::{ParamSpec, Scale, Values, Word},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "tree",
    label: "Decision tree",
    help: teach!(
        "Asks one feature after another whether it is above a threshold, and answers by the training samples that came the same way. A person can follow it, but a deep one learns the noise by heart, and a few other samples give quite another tree."
    ),
    formula: teach!(r"\max_{j,t}\ I(S) - \frac{|S_L|}{|S|} I(S_L) - \frac{|S_R|}{|S|} I(S_R)"),
    source: teach!("Breiman, Friedman, Olshen & Stone 1984, Classification and regression trees"),
    params: &[CRITERION, MAX_DEPTH, MIN_SAMPLES_LEAF, CCP_ALPHA],
    build: |values| {
        let rules = Rules { max_depth: values.usize(&MAX_DEPTH), ..rules(values) };
        Box::new(forest::Plan { rules, features: forest::Share::All, trees: 1, bootstrap: false, alpha: values.get(&CCP_ALPHA) })
    },
};

const CRITERION: ParamSpec = ParamSpec {
    key: "criterion",
    label: "Criterion",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "gini", label: "Gini impurity" }, Word { key: "entropy", label: "Entropy" }]),
    default: 0.0,
    help: teach!(
        "How mixed the classes in a node are, which each split is to lower most. The two seldom choose differently; entropy minds rare classes a little more, and values are always split by squared error."
    ),
    formula: teach!(r"I_\text{gini} = 1 - \sum_k p_k^2,\quad I_\text{entropy} = -\sum_k p_k \log_2 p_k"),
    ..ParamSpec::NEW
};

const MAX_DEPTH: ParamSpec = ParamSpec {
    key: "max-depth",
    label: "Depth",
    range: (1.0, 40.0),
    scale: Scale::Integer,
    default: 6.0,
    help: teach!(
        "Most questions between the root and an answer. At 1 a single question decides; with many the tree can give every training sample a leaf of its own."
    ),
    ..ParamSpec::NEW
};

pub(super) const MIN_SAMPLES_LEAF: ParamSpec = ParamSpec {
    key: "min-samples-leaf",
    label: "Samples per leaf",
    range: (1.0, 200.0),
    scale: Scale::Integer,
    default: 1.0,
    help: teach!(
        "Fewest training samples that an answer rests on. At 1 a leaf may know a single sample; large numbers smooth answers and keep the tree small."
    ),
    ..ParamSpec::NEW
};

const CCP_ALPHA: ParamSpec = ParamSpec {
    key: "ccp-alpha",
    label: "Complexity α",
    range: (0.0, 1.0),
    scale: Scale::Log,
    default: 0.0,
    help: teach!(
        "What a leaf costs beside the impurity that is left: branches that do not earn their leaves are cut off after growing. 0 keeps the whole tree, and towards 1 only its root stays."
    ),
    formula: teach!(r"R_\alpha(T) = R(T) + \alpha |T|"),
    ..ParamSpec::NEW
};

/// What all trees are asked for; they look at all features.
fn rules(values: &Values) -> Rules {
    Rules {
        criterion: if values.usize(&CRITERION) == 0 { Criterion::Gini } else { Criterion::Entropy },
        max_depth: usize::MAX,
        min_leaf: values.usize(&MIN_SAMPLES_LEAF),
        features: usize::MAX,
        random: false,
    }
}

impl Learner for forest::Plan {
    fn fit(&self, table: &Arc<Table>, seed: u64) -> Result<Box<dyn Fit>, SpecError> {
        table.check()?;
        Ok(Box::new(forest::Growing::new(table, *self, seed)))
    }
}
