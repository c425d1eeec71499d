//! The smallest weights of each layer go.

use super::{Mask, Pruned, Pruner, count, smallest};
use crate::engine::{catalog::Entry, network::Network};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "layer-magnitude",
    label: "Smallest weights, layer by layer",
    help: teach!(
        "Removes the same share of every layer, its weights nearest to zero. No layer can run empty, but a small layer that needs all it has loses as much as a large one."
    ),
    formula: teach!(r"m_i = \left[\, |w_i| > t_\ell \,\right],\quad t_\ell \text{ a threshold for each layer } \ell"),
    source: teach!("Han et al. 2015, Learning both weights and connections for efficient neural networks"),
    params: &[],
    build: |_| Box::new(LayerMagnitude),
};

struct LayerMagnitude;

impl Pruner for LayerMagnitude {
    fn prune(&self, network: &Network, params: &[f32], sparsity: f64) -> Pruned {
        let mut mask = Mask::all(params.len());
        // Rounding the running total instead of each layer reaches the whole share exactly; each layer is off by less than one.
        let (mut seen, mut gone) = (0, 0);
        for (_, _, span) in network.weights() {
            seen += span.len();
            let here = count(seen, sparsity) - gone;
            gone += here;
            for at in smallest(span.map(|i| (i, params[i])), here) {
                mask.set(at, false);
            }
        }
        Pruned::weights(network, mask)
    }
}
