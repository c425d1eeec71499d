//! The weights of each layer are compared with each other.

use super::{Evidence, Mask, Pruned, Pruner, Scores, count, criteria::Criterion, smallest};
use crate::engine::{catalog::Entry, error::SpecError};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "layer",
    label: "Weights, layer by layer",
    help: teach!(
        "Removes the same share of every layer, its weights that rank lowest (of every unit, where the criterion compares within units). No layer can run empty, but a small layer that needs all it has loses as much as a large one."
    ),
    formula: teach!(r"m_i = \left[\, S_i > t_\ell \,\right],\quad t_\ell \text{ a threshold for each layer } \ell"),
    source: teach!("Han et al. 2015, Learning both weights and connections for efficient neural networks"),
    params: &[],
    build: |_| Box::new(Layer),
};

struct Layer;

impl Pruner for Layer {
    fn prune(&self, evidence: &Evidence<'_>, criterion: &Criterion, sparsity: f64) -> Result<Pruned, SpecError> {
        let (network, scores) = (evidence.network, Scores::of(evidence, criterion)?);
        let mut mask = Mask::all(evidence.params.len());
        // Rounding the running total instead of each part reaches the whole share exactly; each part is off by less than one.
        let (mut seen, mut gone) = (0, 0);
        for (_, tensor, span) in network.weights() {
            // The unit is the last dimension.
            let units = if scores.within_units() { tensor.shape.last().map_or(1, |n| *n) } else { 1 };
            for unit in 0..units {
                let part = span.clone().skip(unit).step_by(units);
                seen += part.len();
                let here = count(seen, sparsity) - gone;
                gone += here;
                for at in smallest(part.map(|i| (i, scores.one(i))), here) {
                    mask.set(at, false);
                }
            }
        }
        Ok(Pruned::weights(network, mask))
    }
}
