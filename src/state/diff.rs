//! What sets two experiments apart.

use crate::experiment::{Effect, Experiment, FIELDS, PICKS};

/// Whether a run of `from` can become one of `to` without a new start.
#[must_use]
pub fn same_run(from: &Experiment, to: &Experiment) -> bool {
    let mut moved = from.clone();
    take_live(&mut moved, to);
    moved == *to
}

/// Takes over everything that applies to a running model.
pub fn take_live(experiment: &mut Experiment, from: &Experiment) {
    for field in FIELDS.iter().filter(|f| f.effect == Effect::Live) {
        (field.set)(experiment, (field.get)(from));
    }
    for pick in PICKS.iter().filter(|p| p.effect == Effect::Live) {
        (pick.set)(experiment, (pick.get)(from).clone());
    }
    experiment.compress = from.compress.clone();
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
