//! Gradient boosting on histograms: trees one after the other, each grown on what those before it got wrong.

mod fit;
mod grow;

use std::sync::Arc;

use super::{Fit, Learner, Table};
use crate::engine::{
    catalog::Entry,
    error::SpecError,
    params::{ParamSpec, Scale},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "boosting",
    label: "Gradient boosting",
    help: teach!(
        "Adds small trees one after the other, each fitted to the gradient of the loss that those before it leave. On tables it is often the most accurate, but it goes on to fit noise where rounds are many or steps large."
    ),
    formula: teach!(r"F_m(x) = F_{m-1}(x) - \eta\, \frac{\sum_{i \in R(x)} g_i}{\sum_{i \in R(x)} h_i + \lambda}"),
    source: teach!("Ke et al. 2017, LightGBM: a highly efficient gradient boosting decision tree"),
    params: &[MAX_ITER, LEARNING_RATE, MAX_LEAF_NODES, MIN_SAMPLES_LEAF, L2, MAX_BINS],
    build: |values| {
        Box::new(Settings {
            rounds: values.usize(&MAX_ITER),
            learning_rate: values.get(&LEARNING_RATE),
            leaves: values.usize(&MAX_LEAF_NODES),
            min_leaf: values.usize(&MIN_SAMPLES_LEAF),
            l2: values.get(&L2),
            bins: values.usize(&MAX_BINS),
        })
    },
};

const MAX_ITER: ParamSpec = ParamSpec {
    key: "max-iter",
    label: "Rounds",
    range: (1.0, 500.0),
    scale: Scale::Integer,
    default: 100.0,
    help: teach!(
        "How many times trees are added: one per round, or one per class with more than two. Too few leave much to learn, too many learn the noise, and each makes the model larger."
    ),
    ..ParamSpec::NEW
};

const LEARNING_RATE: ParamSpec = ParamSpec {
    key: "learning-rate",
    label: "Learning rate η",
    range: (0.01, 1.0),
    scale: Scale::Log,
    default: 0.1,
    help: teach!(
        "What share of its answer each tree adds. Small steps need more rounds and generalize better; at 1 each tree corrects all it can, and overfits soon."
    ),
    source: teach!("Friedman 2001, Greedy function approximation: a gradient boosting machine"),
    ..ParamSpec::NEW
};

const MAX_LEAF_NODES: ParamSpec = ParamSpec {
    key: "max-leaf-nodes",
    label: "Leaves per tree",
    range: (2.0, 128.0),
    scale: Scale::Integer,
    default: 31.0,
    help: teach!(
        "Most leaves of a tree, which grows where a split gains most. With 2 features act each by itself; more leaves let them act together, and fit faster and closer."
    ),
    ..ParamSpec::NEW
};

const MIN_SAMPLES_LEAF: ParamSpec = ParamSpec { default: 20.0, ..super::tree::MIN_SAMPLES_LEAF };

const L2: ParamSpec = ParamSpec {
    key: "l2",
    label: "L2 regularization λ",
    range: (0.0, 100.0),
    scale: Scale::Log,
    default: 0.0,
    help: teach!(
        "Draws the answers of leaves towards 0, those of few samples most. 0 takes them at their word; large values slow learning down."
    ),
    source: teach!("Chen & Guestrin 2016, XGBoost: a scalable tree boosting system"),
    ..ParamSpec::NEW
};

const MAX_BINS: ParamSpec = ParamSpec {
    key: "max-bins",
    label: "Bins",
    range: (2.0, 255.0),
    scale: Scale::Integer,
    default: 255.0,
    help: teach!(
        "Into how many bins of about as many samples each feature is sorted; splits lie between bins alone. Few are faster and smooth noise away, and 2 know only low and high."
    ),
    ..ParamSpec::NEW
};

/// What the sliders say.
#[derive(Clone, Copy, Debug)]
struct Settings {
    rounds: usize,
    learning_rate: f64,
    leaves: usize,
    min_leaf: usize,
    l2: f64,
    bins: usize,
}

impl Learner for Settings {
    fn fit(&self, table: &Arc<Table>, _seed: u64) -> Result<Box<dyn Fit>, SpecError> {
        table.check()?;
        Ok(Box::new(fit::Boosting::new(table, *self)))
    }
}
