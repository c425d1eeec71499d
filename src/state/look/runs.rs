//! What sets a run apart from the one under way.

use crate::{experiment::diff, state::RunRecord};

/// What run `id` has otherwise than the run under way, in a few words each, "Weight bits 8 → 4": from the run under way to it.
/// `None` for the run under way itself, and where there is none.
#[must_use]
pub fn differences(runs: &[RunRecord], id: u32) -> Option<Vec<String>> {
    let run = runs.iter().find(|r| r.id == id)?;
    let current = runs.iter().find(|r| r.current && r.id != id)?;
    Some(diff(&current.experiment, &run.experiment).into_iter().map(|c| format!("{} {} → {}", c.label, c.from, c.to)).collect())
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        engine::catalog::Pick,
        experiment::Experiment,
        state::{Task, runs::tests::record},
    };

    /// A run of the default experiment with `change` made to it.
    pub fn run(id: u32, current: bool, change: impl Fn(&mut Experiment)) -> RunRecord {
        let mut experiment = Experiment::default();
        change(&mut experiment);
        RunRecord { experiment: Arc::new(experiment), current, task: Task::Classification, ..record(id) }
    }

    #[test]
    fn differences_are_named_in_the_words_of_the_controls() {
        let runs = [
            run(1, false, |e| e.compress.bits = 4),
            run(2, false, |e| {
                e.seed = 9;
                e.model.pop();
                e.optimizer = Pick::new("adam").with("beta1", 0.5);
                (e.train.lr, e.train.l1, e.train.l2) = (0.5, 0.1, 0.1);
            }),
            run(3, true, |_| {}),
            run(4, false, |_| {}),
        ];
        assert_eq!(differences(&runs, 3), None, "the run under way differs from nothing");
        assert_eq!(differences(&runs, 4), Some(Vec::new()));
        assert_eq!(differences(&runs, 1), Some(vec!["Weight bits 8 → 4".into()]));
        let many = differences(&runs, 2).expect("it differs");
        assert_eq!(many.len(), 6, "{many:?}");
        assert!(many.iter().any(|d| d.starts_with("Adam") && d.ends_with("0.9 → 0.5")), "{many:?}");
        assert_eq!(differences(&runs, 77), None);
        assert_eq!(differences(&runs[..2], 1), None, "nothing is under way");
    }
}
