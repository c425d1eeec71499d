//! Back to the first weights, under the mask that was found since.

use super::{AtHand, Candidate, Step};
use crate::engine::{catalog::Entry, error::SpecError};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "rewind",
    label: "Rewind (lottery ticket)",
    help: teach!(
        "Gives every weight that is left the value with which training began, to train it anew: what was pruned stays pruned. If the sparse network then learns as well as the full one did, its first weights were a winning ticket."
    ),
    formula: teach!(r"w \leftarrow m \odot w_0"),
    source: teach!("Frankle & Carbin 2019, The lottery ticket hypothesis: finding sparse, trainable neural networks"),
    params: &[],
    build: |_| Box::new(Rewind),
};

struct Rewind;

impl Step for Rewind {
    fn begin(&self, candidate: &mut Candidate, _: &AtHand<'_>) -> Result<(), SpecError> {
        to_first(candidate)
    }
}

/// Gives every parameter that is left its first value. Errors: a network that never had first weights.
pub(super) fn to_first(candidate: &mut Candidate) -> Result<(), SpecError> {
    let Some(initial) = &candidate.initial else {
        let reason = "a network with factorized layers never had first weights: rewind before that step".into();
        return Err(SpecError::Incompatible { field: super::CATALOG.field.into(), reason });
    };
    candidate.params.clone_from(initial);
    candidate.params.iter_mut().zip(&candidate.keep).for_each(|(p, keep)| *p *= keep);
    candidate.ranges.clear();
    Ok(())
}
