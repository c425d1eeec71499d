//! Criteria: what weights or units are ranked by, one file each.

mod apoz;
mod fpgm;
mod in_out;
mod l1;
mod magnitude;
pub mod movement;
mod random;
mod snip;
mod taylor;
mod wanda;

use super::{Evidence, units::Pair};
use crate::engine::{
    catalog::{Entry, catalog},
    error::SpecError,
    params::Values,
};

/// Where a criterion can be used, and what makes it.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    /// What it ranks.
    pub suits: Suits,
    /// Whether it looks at training samples, and not at the weights alone.
    pub looks: bool,
    /// Makes it from checked values.
    pub make: fn(&Values) -> Criterion,
}

/// What a criterion ranks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suits {
    /// Weights, and by their sum (or norm) units.
    All,
    /// Weights alone.
    Weights,
    /// Units alone.
    Units,
}

macro_rules! criteria {
    ($($entry:expr),+ $(,)?) => {
        catalog! {
            /// Every criterion, in the order of the page's menu.
            Build, kind: "criterion", field: "criterion", [$($entry),+]
        }

        /// What each of them ranks, without what makes it.
        const SUITS: &[(&str, Suits)] = &[$(($entry.key, $entry.build.suits)),+];
    };
}

criteria![
    magnitude::ENTRY,
    wanda::ENTRY,
    snip::ENTRY,
    taylor::ENTRY,
    movement::ENTRY,
    l1::ENTRY,
    in_out::ENTRY,
    fpgm::ENTRY,
    apoz::ENTRY,
    random::ENTRY,
];

/// Ranks weights, or units.
pub enum Criterion {
    /// Weights, and by what they come to together also units.
    Weights(Box<dyn ByWeight>),
    /// Units alone.
    Units(Box<dyn ByUnit>),
}

/// Ranks weights.
pub trait ByWeight: Send {
    /// How much each parameter matters, biases included (nobody asks for theirs); more is more. Errors: what it needs is not there.
    fn scores(&self, evidence: &Evidence<'_>) -> Result<Vec<f32>, SpecError>;

    /// Score of weights that go together, from theirs: their sum.
    fn together(&self, members: &mut dyn Iterator<Item = f32>) -> f32 {
        members.sum()
    }

    /// Whether scores are comparable among the weights of one unit alone.
    fn within_units(&self) -> bool {
        false
    }
}

/// Ranks units.
pub trait ByUnit: Send {
    /// How much each unit of `pair.layer` matters, at least 0; more is more. Errors: what it needs is not there.
    fn scores(&self, evidence: &Evidence<'_>, pair: &Pair) -> Result<Vec<f32>, SpecError>;
}

impl Criterion {
    /// As one that ranks weights. Errors: it ranks units alone.
    pub fn by_weight(&self) -> Result<&dyn ByWeight, SpecError> {
        match self {
            Self::Weights(criterion) => Ok(criterion.as_ref()),
            Self::Units(_) => Err(unsuitable("this criterion", false)),
        }
    }
}

/// Whether `criterion` can rank what `scope` removes. Errors: it cannot; what would. Unknown names are for the catalogues to refuse.
pub fn check(scope: &str, criterion: &str) -> Result<(), SpecError> {
    let units = scope == super::units::ENTRY.key;
    match SUITS.iter().find(|(key, _)| *key == criterion) {
        Some((_, suits)) if !suits.fit(units) => Err(unsuitable(criterion, units)),
        _ => Ok(()),
    }
}

/// Whether `criterion` looks at training samples, so that asking it costs a way through the network.
#[must_use]
pub fn looks_at_samples(criterion: &str) -> bool {
    CATALOG.find(criterion).is_ok_and(|entry| entry.build.looks)
}

impl Suits {
    fn fit(self, units: bool) -> bool {
        match self {
            Self::All => true,
            Self::Weights => !units,
            Self::Units => units,
        }
    }
}

fn unsuitable(criterion: &str, units: bool) -> SpecError {
    let ranks = if units { "weights within a unit, and not whole units" } else { "whole units, and not weights" };
    let others: Vec<_> = SUITS.iter().filter(|(_, suits)| suits.fit(units)).map(|(key, _)| *key).collect();
    let reason = format!("{criterion} ranks {ranks}; those that can be used here are {}", others.join(", "));
    SpecError::Incompatible { field: LISTING.field.into(), reason }
}
