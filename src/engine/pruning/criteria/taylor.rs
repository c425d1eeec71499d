//! The squared change of the loss, to first order.

use super::{Build, ByWeight, Criterion, Entry, Evidence, Suits};
use crate::engine::error::SpecError;

pub(super) const ENTRY: Entry<Build> = Entry {
    key: "taylor",
    label: "Taylor (squared)",
    help: teach!(
        "Ranks by the squared change of the loss, to first order, if a weight went, summed over the weights of a block or unit; gradients are those of 128 training samples. For single weights it is the order of SNIP; for units, which it is made for, a few weights that matter much count more than many that matter little."
    ),
    formula: teach!(r"S_b = \sum_{i \in b} \left( w_i \frac{\partial L}{\partial w_i} \right)^2"),
    source: teach!("Molchanov et al. 2019, Importance estimation for neural network pruning"),
    params: &[],
    build: Build { suits: Suits::All, looks: true, make: |_| Criterion::Weights(Box::new(Taylor)) },
};

struct Taylor;

impl ByWeight for Taylor {
    fn scores(&self, evidence: &Evidence<'_>) -> Result<Vec<f32>, SpecError> {
        Ok(evidence.params.iter().zip(evidence.gradient()?).map(|(w, g)| (w * g) * (w * g)).collect())
    }
}
