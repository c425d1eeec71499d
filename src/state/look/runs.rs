//! What sets a run apart from the one under way.

use crate::{
    experiment::{Experiment, FIELDS, PICKS},
    state::{RunRecord, format, layer_label},
};

/// Most differences that are named.
const MOST: usize = 4;

/// What run `id` has otherwise than the run under way, in a few words each; `None` for the run under way itself, and where there
/// is none.
#[must_use]
pub fn differences(runs: &[RunRecord], id: u32) -> Option<Vec<String>> {
    let run = runs.iter().find(|r| r.id == id)?;
    let current = runs.iter().find(|r| r.current && r.id != id)?;
    let mut all = changes(&current.experiment, &run.experiment);
    if all.len() > MOST {
        let more = all.len() - MOST;
        all.truncate(MOST);
        all.push(format!("{more} more"));
    }
    Some(all)
}

fn changes(from: &Experiment, to: &Experiment) -> Vec<String> {
    let mut all = Vec::new();
    if from.data != to.data {
        all.push(format!("data {}", to.data.key));
    }
    if from.model != to.model {
        let layers: Vec<_> = to.model.iter().map(layer_label).collect();
        all.push(format!("layers {}", layers.join(", ")));
    }
    let picks = PICKS.iter().filter(|p| p.key != "data" && (p.get)(from) != (p.get)(to));
    all.extend(picks.map(|p| format!("{} {}", (p.listing)().kind, (p.get)(to).key)));
    let fields = FIELDS.iter().filter(|f| (f.get)(from) != (f.get)(to));
    all.extend(fields.map(|f| format!("{} {}", f.spec.label.to_lowercase(), format::number((f.get)(to)))));
    if from.seed != to.seed {
        all.push(format!("seed {}", to.seed));
    }
    all
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn run(id: u32, current: bool, change: impl Fn(&mut Experiment)) -> RunRecord {
        let mut experiment = Experiment::default();
        change(&mut experiment);
        RunRecord {
            id,
            label: String::new(),
            experiment: Arc::new(experiment),
            steps: 0,
            epochs: 0.0,
            score: None,
            optimized_score: None,
            bytes: None,
            ms: None,
            history: Arc::default(),
            pinned: false,
            current,
        }
    }

    #[test]
    fn differences_are_named_and_few() {
        let runs = [
            run(1, false, |e| e.train.lr = 0.5),
            run(2, false, |e| {
                e.seed = 9;
                e.model.pop();
                e.optimizer.key = "sgd".into();
                (e.train.lr, e.train.l1, e.train.l2) = (0.5, 0.1, 0.1);
            }),
            run(3, true, |_| {}),
            run(4, false, |_| {}),
        ];
        assert_eq!(differences(&runs, 3), None, "the run under way differs from nothing");
        assert_eq!(differences(&runs, 4), Some(Vec::new()));
        assert_eq!(differences(&runs, 1).map(|d| d.len()), Some(1));
        let many = differences(&runs, 2).expect("it differs");
        assert_eq!((many.len(), many.last().map(String::as_str)), (5, Some("2 more")));
        assert!(many[0].starts_with("layers "), "{many:?}");
        assert_eq!(differences(&runs, 77), None);
        assert_eq!(differences(&runs[..2], 1), None, "nothing is under way");
    }
}
