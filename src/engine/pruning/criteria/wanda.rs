//! Weights that are multiplied with small numbers matter less.

use super::{Build, ByWeight, Criterion, Entry, Evidence, Suits};
use crate::engine::error::SpecError;

pub(super) const ENTRY: Entry<Build> = Entry {
    key: "wanda",
    label: "Wanda (weight × input)",
    help: teach!(
        "Ranks weights by their size times the 2-norm of the input that they are multiplied with, over 128 training samples: no gradients, and the input that is always dark costs nothing. Layer by layer, the weights of each unit are compared with each other, as in the paper; elsewhere a score counts relative to the mean of its unit."
    ),
    formula: teach!(r"S_{ij} = |W_{ij}| \cdot \lVert X_j \rVert_2"),
    source: teach!("Sun et al. 2023, A simple and effective pruning approach for large language models"),
    params: &[],
    build: Build { suits: Suits::Weights, looks: true, make: |_| Criterion::Weights(Box::new(Wanda)) },
};

struct Wanda;

impl ByWeight for Wanda {
    fn scores(&self, evidence: &Evidence<'_>) -> Result<Vec<f32>, SpecError> {
        let mut scores = vec![0.0; evidence.params.len()];
        for (layer, _) in evidence.matrices() {
            let (span, norm) = (evidence.span(layer), evidence.input_norm(layer)?);
            for (i, (score, w)) in scores[span.clone()].iter_mut().zip(&evidence.params[span]).enumerate() {
                *score = w.abs() * norm(i);
            }
        }
        Ok(scores)
    }

    fn within_units(&self) -> bool {
        true
    }
}
