//! Whether two experiments can be one run.

use crate::experiment::{Effect, Experiment, diff};

/// Whether a run of `from` can become one of `to` without a new start.
#[must_use]
pub fn same_run(from: &Experiment, to: &Experiment) -> bool {
    diff(from, to).iter().all(|change| change.effect == Effect::Live)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_changes_keep_the_run() {
        let base = Experiment::default();
        let mut other = base.clone();
        other.train.lr = 1.0;
        other.compress.sparsity = 0.5;
        other.compress.pruner.key = "random".into();
        assert!(same_run(&base, &other));
        other.seed = 2;
        assert!(!same_run(&base, &other));
        let mut layers = base.clone();
        layers.model.pop();
        assert!(!same_run(&base, &layers));
    }
}
