//! From scores to what goes: how many, and which.

use super::{
    Evidence,
    criteria::{ByWeight, Criterion},
};
use crate::engine::error::SpecError;

/// Score of what is gone already: below all others.
pub(super) const GONE: f32 = f32::NEG_INFINITY;

/// How many of `total` are removed at `sparsity`: the nearest whole number.
pub(super) fn count(total: usize, sparsity: f64) -> usize {
    ((total as f64 * sparsity.clamp(0.0, 1.0)).round() as usize).min(total)
}

/// The indices of the `count` smallest scores; ties go to what comes first. NaN counts as large.
pub(super) fn smallest(scores: impl Iterator<Item = (usize, f32)>, count: usize) -> impl Iterator<Item = usize> {
    // The index below the score breaks ties.
    let mut keys: Vec<u64> = scores.map(|(i, s)| (u64::from(rank(s)) << 32) | i as u64).collect();
    if count > 0 && count < keys.len() {
        keys.select_nth_unstable(count - 1);
    }
    keys.truncate(count);
    keys.into_iter().map(|key| key as u32 as usize)
}

/// A whole number that sorts like the score.
fn rank(score: f32) -> u32 {
    // Minus zero is zero.
    let bits = (score + 0.0).to_bits();
    match (score.is_nan(), bits >> 31) {
        (true, _) => u32::MAX,
        // Bits of floats sort like the floats, those of negative ones the other way round.
        (_, 0) => bits | 1 << 31,
        _ => !bits,
    }
}

/// Scores of all weights by one criterion.
pub(super) struct Scores<'a> {
    values: Vec<f32>,
    evidence: &'a Evidence<'a>,
    criterion: &'a dyn ByWeight,
}

impl<'a> Scores<'a> {
    /// Asks `criterion`. Errors: it ranks units alone, or needs what `evidence` does not have.
    pub fn of(evidence: &'a Evidence<'a>, criterion: &'a Criterion) -> Result<Self, SpecError> {
        let criterion = criterion.by_weight()?;
        let mut values = criterion.scores(evidence)?;
        // What is gone adds nothing to a group.
        values.iter_mut().enumerate().filter(|(at, _)| evidence.is_gone(*at)).for_each(|(_, s)| *s = 0.0);
        Ok(Self { values, evidence, criterion })
    }

    /// The same with each unit's scores relative to their mean, where the criterion compares within units: so that they can be compared with
    /// those of others.
    pub fn across_units(mut self) -> Self {
        if self.criterion.within_units() {
            for (layer, (_, units)) in self.evidence.matrices() {
                let span = self.evidence.span(layer);
                for unit in 0..units {
                    let places = || span.clone().skip(unit).step_by(units);
                    let (sum, n) = places().fold((0.0, 0), |(sum, n), at| (sum + f64::from(self.values[at]), n + 1));
                    let mean = (sum / f64::from(n.max(1))) as f32;
                    if mean > 0.0 {
                        places().for_each(|at| self.values[at] /= mean);
                    }
                }
            }
        }
        self
    }

    /// Whether the criterion compares within units.
    pub fn within_units(&self) -> bool {
        self.criterion.within_units()
    }

    /// Score of the weight at `at`.
    pub fn one(&self, at: usize) -> f32 {
        if self.evidence.is_gone(at) { GONE } else { self.values[at] }
    }

    /// Score of weights that go together.
    pub fn group(&self, members: impl Iterator<Item = usize> + Clone) -> f32 {
        if members.clone().all(|at| self.evidence.is_gone(at)) {
            return GONE;
        }
        self.together(members)
    }

    /// The same, whatever is gone.
    pub fn together(&self, members: impl Iterator<Item = usize>) -> f32 {
        self.criterion.together(&mut members.map(|at| self.values[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_sort_with_their_sign_and_ties_go_to_the_first() {
        let scores = [0.5, -0.0, f32::NAN, -3.0, 0.0, GONE, 1e-30, f32::INFINITY];
        let order = |n| smallest(scores.iter().copied().enumerate(), n).collect::<std::collections::BTreeSet<_>>();
        let rising = [5, 3, 1, 4, 6, 0, 7, 2];
        for n in 0..=scores.len() {
            assert_eq!(order(n), rising[..n].iter().copied().collect(), "{n}");
        }
    }
}
