//! Pruning: which weights, or whole units, a network can do without.
//!
//! Two choices make a pruner. The *scope* ([`CATALOG`], one file each in this folder) says what goes, and what is compared with what; the
//! *criterion* ([`criteria`]) says what it is ranked by. Both look at the network through an [`Evidence`].

mod block;
pub mod criteria;
mod evidence;
mod global;
mod layer;
mod mask;
mod n_of_m;
mod order;
pub mod regrow;
mod schedule;
mod units;

use super::{
    catalog::{Pick, catalog},
    error::SpecError,
    network::Network,
    params::Values,
};
use criteria::Criterion;
pub use evidence::Evidence;
pub use mask::{Manual, Mask};
use order::{Scores, count, smallest};
pub use schedule::{During, Schedule};
pub use units::{coupled, removable};

/// Makes a scope from checked values.
pub type Build = fn(&Values) -> Box<dyn Pruner>;

catalog! {
    /// Every scope, in the order of the page's menu.
    Build, kind: "pruner", field: "pruner", [
        global::ENTRY,
        layer::ENTRY,
        units::ENTRY,
        n_of_m::ENTRY,
        block::ENTRY,
    ]
}

/// A scope: what goes, and what is compared with what.
pub trait Pruner: Send {
    /// Removes the share `sparsity` (0 to 1) of all weights, groups or units that may go, those that `criterion` ranks lowest. What is gone
    /// already goes first. Same input, same answer: ties go to what comes first. Errors: a criterion that does not suit, or that needs what
    /// `evidence` does not have.
    fn prune(&self, evidence: &Evidence<'_>, criterion: &Criterion, sparsity: f64) -> Result<Pruned, SpecError>;
}

/// A scope and a criterion.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// What goes: a pick of [`CATALOG`].
    pub scope: &'a Pick,
    /// What it is ranked by: a pick of [`criteria::CATALOG`].
    pub criterion: &'a Pick,
}

impl Choice<'_> {
    /// Removes the share `sparsity` (0 to 1). Errors: an unknown name, a value out of its range, a criterion that does not suit the scope or
    /// needs what `evidence` does not have (it is not asked where nothing is to go).
    pub fn prune(&self, evidence: &Evidence<'_>, sparsity: f64) -> Result<Pruned, SpecError> {
        let (scope, scope_values) = CATALOG.resolve(self.scope)?;
        let (criterion, values) = criteria::CATALOG.resolve(self.criterion)?;
        criteria::check(scope.key, criterion.key)?;
        if sparsity <= 0.0 {
            return Ok(Pruned::weights(evidence.network, Mask::all(evidence.params.len())));
        }
        (scope.build)(&scope_values).prune(evidence, &(criterion.build.make)(&values), sparsity)
    }
}

/// What a pruner removed.
#[derive(Clone, Debug, PartialEq)]
pub struct Pruned {
    /// Over the network's flat parameters; applied after each training step, it holds pruned weights at zero.
    ///
    /// Biases are kept, except those of removed units. Of a removed unit, incoming weights, bias and outgoing weights are all
    /// masked, so that the masked network and the shrunk one compute the same function.
    pub mask: Mask,
    /// Removed units of each layer, in rising order; empty lists where only single weights go.
    pub removed: Vec<Vec<usize>>,
}

impl Pruned {
    /// Single weights: those that `mask` marks.
    fn weights(network: &Network, mask: Mask) -> Self {
        Self { mask, removed: vec![Vec::new(); network.nodes().len()] }
    }
}
