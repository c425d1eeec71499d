//! Small weights matter least.

use super::{Build, ByWeight, Criterion, Entry, Evidence, Suits};
use crate::engine::error::SpecError;

pub(super) const ENTRY: Entry<Build> = Entry {
    key: "magnitude",
    label: "Magnitude",
    help: teach!(
        "Ranks weights by their distance from zero, and blocks and units by the 2-norm of theirs. It asks no data and is hard to beat after enough training; it does not see that a small weight may carry a large input."
    ),
    formula: teach!(r"S_i = |w_i|,\quad S_b = \lVert w_b \rVert_2"),
    source: teach!("Han et al. 2015, Learning both weights and connections for efficient neural networks"),
    params: &[],
    build: Build { suits: Suits::All, looks: false, make: |_| Criterion::Weights(Box::new(Magnitude)) },
};

struct Magnitude;

impl ByWeight for Magnitude {
    fn scores(&self, evidence: &Evidence<'_>) -> Result<Vec<f32>, SpecError> {
        Ok(evidence.params.iter().map(|w| w.abs()).collect())
    }

    fn together(&self, members: &mut dyn Iterator<Item = f32>) -> f32 {
        members.map(|w| w * w).sum::<f32>().sqrt()
    }
}
