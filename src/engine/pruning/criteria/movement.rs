//! Weights that training has pushed towards zero.

use super::{Build, ByWeight, Criterion, Entry, Evidence, Suits};
use crate::engine::error::SpecError;

/// The entry's key: training notes movement where it is chosen.
pub const KEY: &str = "movement";

pub(super) const ENTRY: Entry<Build> = Entry {
    key: KEY,
    label: "Movement",
    help: teach!(
        "Ranks weights by where training has pushed them since this was chosen: those that moved towards zero go first, however large they still are. It shows its worth where a trained network learns something new; it needs steps on the CPU, and a run with it stays there."
    ),
    formula: teach!(r"S_i = -\sum_t w_i^{(t)} \frac{\partial L}{\partial w_i^{(t)}}"),
    source: teach!("Sanh, Wolf & Rush 2020, Movement pruning: adaptive sparsity by fine-tuning"),
    params: &[],
    build: Build { suits: Suits::All, looks: false, make: |_| Criterion::Weights(Box::new(Movement)) },
};

/// Adds to `movement` what a step of training does: −w·g, for each weight before the step and the gradient of the loss by it.
pub fn note(movement: &mut [f32], params: &[f32], gradient: &[f32]) {
    for (m, (w, g)) in movement.iter_mut().zip(params.iter().zip(gradient)) {
        *m -= w * g;
    }
}

struct Movement;

impl ByWeight for Movement {
    fn scores(&self, evidence: &Evidence<'_>) -> Result<Vec<f32>, SpecError> {
        Ok(evidence.movement()?.to_vec())
    }
}
