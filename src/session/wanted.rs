//! Work on the latest comparison that is done only while a panel waits for what comes of it.

use std::sync::Arc;

use crate::experiment::Experiment;

/// Which comparison: at which step, under which settings.
type Of = (u64, Arc<Experiment>);

/// Whether somebody waits for it, and how far it is.
pub(super) struct Wanted<T> {
    wanted: bool,
    /// Of which comparison, and what is under way.
    work: Option<(Of, Box<T>)>,
}

impl<T> Default for Wanted<T> {
    fn default() -> Self {
        Self { wanted: false, work: None }
    }
}

impl<T> Wanted<T> {
    /// Somebody waits for it.
    pub fn ask(&mut self) {
        self.wanted = true;
    }

    /// Whether somebody does.
    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// The work on the comparison at `step` under `experiment`. Begins anew where that has taken the place of the one that was looked at.
    pub fn on(&mut self, step: u64, experiment: &Arc<Experiment>, begin: impl FnOnce() -> T) -> &mut T {
        self.work = self.work.take().filter(|(of, _)| of.0 == step && Arc::ptr_eq(&of.1, experiment));
        &mut self.work.get_or_insert_with(|| ((step, experiment.clone()), Box::new(begin()))).1
    }

    /// It is through: nobody waits any more.
    pub fn done(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_goes_on_until_it_is_done_or_another_comparison_comes() {
        let mut work = Wanted::default();
        assert!(!work.is_wanted());
        work.ask();
        let (one, other) = (Arc::new(Experiment::default()), Arc::new(Experiment::default()));
        for (step, experiment, slices) in [(3, &one, 1), (3, &one, 2), (4, &one, 1), (4, &other, 1), (4, &other, 2), (4, &one, 1)] {
            let done = work.on(step, experiment, || 0);
            *done += 1;
            assert_eq!(*done, slices);
        }
        assert!(work.is_wanted());
        work.done();
        assert!(!work.is_wanted());
        assert_eq!(*work.on(4, &one, || 7), 7);
    }
}
