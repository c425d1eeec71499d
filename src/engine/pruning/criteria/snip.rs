//! Weights whose loss would hardly notice that they go.

use super::{Build, ByWeight, Criterion, Entry, Evidence, Suits};
use crate::engine::error::SpecError;

pub(super) const ENTRY: Entry<Build> = Entry {
    key: "snip",
    label: "SNIP (weight × gradient)",
    help: teach!(
        "Ranks weights by how much the loss would change, to first order, if they went: their size times that of the gradient, over 128 training samples. Works before any training, too; where training is done, gradients are small and noisy, and so is the order."
    ),
    formula: teach!(r"S_i = \left| w_i \frac{\partial L}{\partial w_i} \right|"),
    source: teach!("Lee, Ajanthan & Torr 2019, SNIP: single-shot network pruning based on connection sensitivity"),
    params: &[],
    build: Build { suits: Suits::All, looks: true, make: |_| Criterion::Weights(Box::new(Snip)) },
};

struct Snip;

impl ByWeight for Snip {
    fn scores(&self, evidence: &Evidence<'_>) -> Result<Vec<f32>, SpecError> {
        Ok(evidence.params.iter().zip(evidence.gradient()?).map(|(w, g)| (w * g).abs()).collect())
    }
}
