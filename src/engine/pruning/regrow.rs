//! A mask that moves: some of the living weights go, and as many come back elsewhere (RigL, Evci et al. 2020, Rigging the lottery: making
//! all tickets winners).

use super::{Evidence, Mask, smallest};
use crate::engine::error::SpecError;

/// In each layer, the share `turnover` (0 to 1) of the weights that `mask` keeps goes, those nearest to zero, and as many of those that are then gone
/// come, where the loss has the largest gradients. What comes back begins at zero, where it was held. Errors: no samples with labels.
pub fn regrow(evidence: &Evidence<'_>, mask: &Mask, turnover: f64) -> Result<Mask, SpecError> {
    let gradient = evidence.gradient()?;
    let mut moved = mask.clone();
    for (_, _, span) in evidence.network.weights() {
        let living = span.clone().filter(|at| mask.keeps(*at)).count();
        let changing = super::count(living, turnover);
        let sizes = span.clone().filter(|at| mask.keeps(*at)).map(|at| (at, evidence.params[at].abs()));
        for at in smallest(sizes, changing) {
            moved.set(at, false);
        }
        let largest = span.clone().filter(|at| !moved.keeps(*at)).map(|at| (at, -gradient[at].abs()));
        // The places to choose among are those of `moved` as it is now.
        let come: Vec<usize> = smallest(largest, changing).collect();
        come.into_iter().for_each(|at| moved.set(at, true));
    }
    Ok(moved)
}
