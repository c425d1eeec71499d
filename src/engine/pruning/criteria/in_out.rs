//! Units to which nobody listens matter little, however loud they are.

use super::{Build, ByUnit, Criterion, Entry, Evidence, Pair, Suits};
use crate::engine::{error::SpecError, packed::matrix, pruning::units::incoming};

pub(super) const ENTRY: Entry<Build> = Entry {
    key: "in-out",
    label: "Incoming × outgoing (units)",
    help: teach!(
        "Ranks units by the 2-norm of the weights that reach them times that of the weights that leave them. It sees that a loud unit to which nobody listens can go; what its activation makes of the sum it does not see."
    ),
    formula: teach!(r"S_u = \lVert w_u^\text{in} \rVert_2 \cdot \lVert w_u^\text{out} \rVert_2"),
    source: teach!("He et al. 2014, Reshaping deep neural network for fast decoding by node-pruning"),
    params: &[],
    build: Build { suits: Suits::Units, looks: false, make: |_| Criterion::Units(Box::new(InOut)) },
};

struct InOut;

impl ByUnit for InOut {
    fn scores(&self, evidence: &Evidence<'_>, pair: &Pair) -> Result<Vec<f32>, SpecError> {
        let mut leaving = vec![0.0; pair.units];
        let columns = matrix(&evidence.network.nodes()[pair.next].layer.op()).map_or(1, |(_, n)| n);
        for (k, row) in evidence.params[evidence.span(pair.next)].chunks_exact(columns).enumerate() {
            leaving[k % pair.units] += row.iter().map(|w| w * w).sum::<f32>();
        }
        let reaching = |unit| incoming(evidence, pair, unit).map(|at| evidence.params[at] * evidence.params[at]).sum::<f32>();
        Ok(leaving.into_iter().enumerate().map(|(unit, leaves)| (reaching(unit) * leaves).sqrt()).collect())
    }
}
