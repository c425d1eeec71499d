//! The smallest weights of the whole network go.

use super::{Mask, Pruned, Pruner, count, smallest};
use crate::engine::{catalog::Entry, network::Network};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "global-magnitude",
    label: "Smallest weights, whole network",
    help: teach!(
        "Removes the weights nearest to zero, wherever they are, so that layers with many small weights lose more. Hard to beat for single weights; at extreme sparsity it can empty a whole layer."
    ),
    formula: teach!(r"m_i = \left[\, |w_i| > t \,\right],\quad t \text{ one threshold for all layers}"),
    source: teach!("Han et al. 2015, Learning both weights and connections for efficient neural networks"),
    params: &[],
    build: |_| Box::new(GlobalMagnitude),
};

struct GlobalMagnitude;

impl Pruner for GlobalMagnitude {
    fn prune(&self, network: &Network, params: &[f32], sparsity: f64) -> Pruned {
        let mut mask = Mask::all(params.len());
        let total = network.weights().map(|(_, _, span)| span.len()).sum();
        let scores = network.weights().flat_map(|(_, _, span)| span.map(|i| (i, params[i])));
        for at in smallest(scores, count(total, sparsity)) {
            mask.set(at, false);
        }
        Pruned::weights(network, mask)
    }
}
