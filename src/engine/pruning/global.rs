//! All weights of the network are compared with each other.

use super::{Evidence, Mask, Pruned, Pruner, Scores, count, criteria::Criterion, smallest};
use crate::engine::{catalog::Entry, error::SpecError};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "global",
    label: "Weights, whole network",
    help: teach!(
        "Removes the weights that rank lowest wherever they are, so that layers with many unimportant weights lose more. Hard to beat for single weights; at extreme sparsity it can empty a whole layer."
    ),
    formula: teach!(r"m_i = \left[\, S_i > t \,\right],\quad t \text{ one threshold for all layers}"),
    source: teach!("Han et al. 2015, Learning both weights and connections for efficient neural networks"),
    params: &[],
    build: |_| Box::new(Global),
};

struct Global;

impl Pruner for Global {
    fn prune(&self, evidence: &Evidence<'_>, criterion: &Criterion, sparsity: f64) -> Result<Pruned, SpecError> {
        let (network, scores) = (evidence.network, Scores::of(evidence, criterion)?.across_units());
        let mut mask = Mask::all(evidence.params.len());
        let total = network.weights().map(|(_, _, span)| span.len()).sum();
        let each = network.weights().flat_map(|(_, _, span)| span.map(|i| (i, scores.one(i))));
        for at in smallest(each, count(total, sparsity)) {
            mask.set(at, false);
        }
        Ok(Pruned::weights(network, mask))
    }
}
