//! Moments of a run that can be returned to: evenly thinned, so that memory stays bounded however long a run is.

use std::sync::Arc;

use super::optimize::Chosen;
use crate::engine::train::Snapshot;

/// Most snapshots kept.
const MOST: usize = 64;
/// Most bytes kept.
const MOST_BYTES: usize = 48 << 20;

/// A moment of a run.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub snapshot: Snapshot,
    /// What the pruner had chosen to be held at zero while training.
    pub chosen: Option<Arc<Chosen>>,
}

/// Moments by rising step; the first (step 0, or where the run was resumed) is never dropped.
pub(super) struct Timeline {
    /// Each with its number among all that were ever pushed.
    moments: Vec<(usize, Moment)>,
    /// Only every so-many-th is kept, besides the latest.
    stride: usize,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { moments: Vec::new(), stride: 1 }
    }
}

impl Timeline {
    /// Keeps a moment; moments after it (of a future that was left by going back) are forgotten.
    pub fn push(&mut self, moment: Moment) {
        self.moments.retain(|(_, m)| m.snapshot.step < moment.snapshot.step);
        let number = self.moments.last().map_or(0, |(n, _)| n + 1);
        // The latest is kept whatever its number, until a later one comes.
        self.moments.pop_if(|(n, _)| *n % self.stride != 0);
        self.moments.push((number, moment));
        while self.moments.len() > 2 && (self.moments.len() > MOST || self.bytes() > MOST_BYTES) {
            self.stride *= 2;
            self.moments.retain(|(n, _)| n.is_multiple_of(self.stride) || *n == number);
        }
    }

    /// The moment nearest to `step`.
    pub fn nearest(&self, step: u64) -> Option<&Moment> {
        self.moments.iter().map(|(_, m)| m).min_by_key(|m| m.snapshot.step.abs_diff(step))
    }

    /// The latest moment that is `good`; the first one where none is.
    pub fn latest(&self, good: impl Fn(&Snapshot) -> bool) -> Option<&Moment> {
        self.moments.iter().map(|(_, m)| m).rev().find(|m| good(&m.snapshot)).or(self.moments.first().map(|(_, m)| m))
    }

    /// All that are kept, by rising step.
    pub fn moments(&self) -> impl Iterator<Item = &Moment> {
        self.moments.iter().map(|(_, m)| m)
    }

    fn bytes(&self) -> usize {
        let masks: usize = self.moments.iter().filter_map(|(_, m)| m.chosen.as_ref()).map(|c| c.mask.flags().len()).sum();
        let numbers =
            |m: &Snapshot| 4 * (m.params.len() * (1 + m.memory.memory.len()) + m.keep.len() + m.noted.len() + m.averaged.weights.len());
        masks + self.moments.iter().map(|(_, m)| numbers(&m.snapshot)).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::train::Snapshot;

    fn moment(step: u64) -> Moment {
        Moment { snapshot: Snapshot::bare(step, vec![0.0; 10]), chosen: None }
    }

    #[test]
    fn stays_small_keeps_both_ends() {
        let mut timeline = Timeline::default();
        (0..1000).for_each(|s| timeline.push(moment(s)));
        assert!(timeline.moments.len() <= MOST);
        assert_eq!(timeline.moments[0].1.snapshot.step, 0);
        assert_eq!(timeline.latest(|_| true).unwrap().snapshot.step, 999);
        assert!(timeline.nearest(500).unwrap().snapshot.step.abs_diff(500) <= 32);
    }

    #[test]
    fn a_new_past_forgets_the_old_future() {
        let mut timeline = Timeline::default();
        (0..10).for_each(|s| timeline.push(moment(s)));
        timeline.push(moment(4));
        assert_eq!(timeline.latest(|_| true).unwrap().snapshot.step, 4);
    }
}
