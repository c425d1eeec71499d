//! Moments of a run that can be returned to: evenly thinned, so that memory stays bounded however long a run is.

use crate::engine::train::Snapshot;

/// Most snapshots kept.
const MOST: usize = 64;
/// Most bytes kept.
const MOST_BYTES: usize = 48 << 20;

/// Snapshots by rising step; the first (step 0, or where the run was resumed) is never dropped.
#[derive(Default)]
pub(super) struct Timeline {
    moments: Vec<Snapshot>,
}

impl Timeline {
    /// Keeps a moment; moments after it (of a future that was left by going back) are forgotten.
    pub fn push(&mut self, moment: Snapshot) {
        self.moments.retain(|m| m.step < moment.step);
        self.moments.push(moment);
        while self.moments.len() > 2 && (self.moments.len() > MOST || self.bytes() > MOST_BYTES) {
            // Every second one goes, first and last stay: what is left is still spread evenly.
            let last = self.moments.len() - 1;
            let mut i = 0_usize;
            self.moments.retain(|_| {
                i += 1;
                (i - 1).is_multiple_of(2) || i - 1 == last
            });
        }
    }

    /// The moment nearest to `step`.
    pub fn nearest(&self, step: u64) -> Option<&Snapshot> {
        self.moments.iter().min_by_key(|m| m.step.abs_diff(step))
    }

    /// The latest moment that is `good`; the first one where none is.
    pub fn latest(&self, good: impl Fn(&Snapshot) -> bool) -> Option<&Snapshot> {
        self.moments.iter().rev().find(|m| good(m)).or(self.moments.first())
    }

    fn bytes(&self) -> usize {
        self.moments.iter().map(|m| 4 * (m.params.len() * (1 + m.memory.memory.len()) + m.keep.len())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::train::Snapshot;

    fn moment(step: u64) -> Snapshot {
        Snapshot::bare(step, vec![0.0; 10])
    }

    #[test]
    fn stays_small_keeps_both_ends() {
        let mut timeline = Timeline::default();
        (0..1000).for_each(|s| timeline.push(moment(s)));
        assert!(timeline.moments.len() <= MOST);
        assert_eq!(timeline.moments[0].step, 0);
        assert_eq!(timeline.latest(|_| true).unwrap().step, 999);
        assert!(timeline.nearest(500).unwrap().step.abs_diff(500) <= 32);
    }

    #[test]
    fn a_new_past_forgets_the_old_future() {
        let mut timeline = Timeline::default();
        (0..10).for_each(|s| timeline.push(moment(s)));
        timeline.push(moment(4));
        assert_eq!(timeline.latest(|_| true).unwrap().step, 4);
    }
}
