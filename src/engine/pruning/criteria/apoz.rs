//! Units that are mostly silent matter little.

use super::{Build, ByUnit, Criterion, Entry, Evidence, Pair, Suits};
use crate::engine::{error::SpecError, layers::Op};

pub(super) const ENTRY: Entry<Build> = Entry {
    key: "apoz",
    label: "Share of zeros (units)",
    help: teach!(
        "Ranks units by how often their activation is not zero, over 128 training samples and all positions: those that are mostly silent go first (APoZ). Only activations that can be zero, as ReLU, tell units apart; with others all rank alike, and the first go."
    ),
    formula: teach!(r"S_u = 1 - \frac{1}{N} \sum_{n} \left[\, a_u(x_n) = 0 \,\right]"),
    source: teach!("Hu et al. 2016, Network trimming: a data-driven neuron pruning approach towards efficient deep architectures"),
    params: &[],
    build: Build { suits: Suits::Units, looks: true, make: |_| Criterion::Units(Box::new(Apoz)) },
};

struct Apoz;

impl ByUnit for Apoz {
    /// Of the first activation behind the layer; of the layer itself where there is none.
    fn scores(&self, evidence: &Evidence<'_>, pair: &Pair) -> Result<Vec<f32>, SpecError> {
        let nodes = evidence.network.nodes();
        let activation = (pair.layer..pair.next).find(|i| matches!(nodes[*i].layer.op(), Op::Activation(_)));
        let zeros = evidence.zeros(activation.unwrap_or(pair.layer))?;
        // Behind a flattened image each place of a filter's output has a share of its own.
        let places = (zeros.len() / pair.units).max(1) as f32;
        Ok((0..pair.units).map(|unit| 1.0 - zeros.iter().skip(unit).step_by(pair.units).sum::<f32>() / places).collect())
    }
}
