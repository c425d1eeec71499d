//! Whether two experiments can be one run, and whether their scores can be compared.

use crate::{
    engine::data::FILES,
    experiment::{Effect, Experiment, diff},
};

/// Whether a run of `from` can become one of `to` without a new start.
#[must_use]
pub fn same_run(from: &Experiment, to: &Experiment) -> bool {
    diff(from, to).iter().all(|change| change.effect == Effect::Live)
}

/// Whether both are judged on the same task: one data set with the same settings, split alike. Another seed draws other points of the
/// same kind, which still compare.
#[must_use]
pub fn same_data(a: &Experiment, b: &Experiment) -> bool {
    // Files bring their own split.
    (&a.data, &a.csv, &a.points, &a.damage) == (&b.data, &b.csv, &b.points, &b.damage)
        && (a.train.test_share == b.train.test_share || FILES.iter().any(|f| f.key == a.data.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::catalog::Pick;

    #[test]
    fn scores_compare_on_the_same_data_alone() {
        let base = Experiment::default();
        let mut other = base.clone();
        (other.seed, other.train.test_share, other.compress.bits) = (9, 0.3, 4);
        other.model.clear();
        assert!(same_data(&base, &other), "a file has one split");
        other.data = Pick::new("circle");
        assert!(!same_data(&base, &other));
        let mut split = other.clone();
        split.train.test_share = 0.5;
        assert!(!same_data(&other, &split), "generated points are split as asked");
        split = other.clone();
        split.data = Pick::new("circle").with("noise", 0.3);
        assert!(!same_data(&other, &split));
    }

    #[test]
    fn live_changes_keep_the_run() {
        let base = Experiment::default();
        let mut other = base.clone();
        other.train.lr = 1.0;
        other.compress.sparsity = 0.5;
        other.compress.pruner.key = "layer".into();
        assert!(same_run(&base, &other));
        other.seed = 2;
        assert!(!same_run(&base, &other));
        let mut layers = base.clone();
        layers.model.pop();
        assert!(!same_run(&base, &layers));
    }
}
