//! Pruning: which weights, or whole units, a network can do without. One file per criterion.

mod global_magnitude;
mod layer_magnitude;
mod mask;
mod n_of_m;
mod random;
mod units;

use super::{
    catalog::{Catalog, catalog},
    network::Network,
    params::Values,
};
pub use mask::{Manual, Mask};
pub use units::removable;

/// Makes a pruner from checked values.
pub type Build = fn(&Values) -> Box<dyn Pruner>;

catalog! {
    /// Every pruner, in the order of the page's menu.
    Build, kind: "pruner", field: "pruner", [
        global_magnitude::ENTRY,
        layer_magnitude::ENTRY,
        units::ENTRY,
        n_of_m::ENTRY,
        random::ENTRY,
    ]
}

/// The first of them: whoever needs no other does not link the rest.
pub const MAGNITUDE: Catalog<Build> = Catalog { entries: &[global_magnitude::ENTRY], ..CATALOG };

/// A criterion: what to remove from a network, given its weights.
pub trait Pruner: Send {
    /// Removes the share `sparsity` (0 to 1) of all weights, or of all units that may go. Same input, same answer: ties go to the
    /// weight (unit) that comes first.
    fn prune(&self, network: &Network, params: &[f32], sparsity: f64) -> Pruned;
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

/// How many of `total` are removed at `sparsity`: the nearest whole number.
fn count(total: usize, sparsity: f64) -> usize {
    ((total as f64 * sparsity.clamp(0.0, 1.0)).round() as usize).min(total)
}

/// The indices of the `count` smallest scores; ties go to what comes first. NaN counts as large.
fn smallest(scores: impl Iterator<Item = (usize, f32)>, count: usize) -> impl Iterator<Item = usize> {
    // Bits of non-negative floats sort like the floats; the index below them breaks ties.
    let mut keys: Vec<u64> = scores.map(|(i, s)| (u64::from(s.abs().to_bits()) << 32) | i as u64).collect();
    if count > 0 && count < keys.len() {
        keys.select_nth_unstable(count - 1);
    }
    keys.truncate(count);
    keys.into_iter().map(|key| key as u32 as usize)
}
