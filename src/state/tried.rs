//! Everything tried so far, and the front of what nothing else beats.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Compared, Task, describe, family, recipe_words, same_data};
use crate::{
    experiment::{Compress, Experiment, Shrink},
    order,
    protocol::{Snapshots, Stage},
};

/// One model that was compressed and judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// Model and compression, in a few words: "MLP 64-32 · 4-bit".
    pub label: String,
    /// Says what the score is.
    pub task: Task,
    /// Accuracy (or R²) of the optimized model on the test samples.
    pub score: f32,
    /// Length of its file.
    pub bytes: u64,
    /// Median latency of one sample, ms.
    pub ms: Option<f64>,
    /// That of its fp32 form, measured in turn with it.
    pub fp32_ms: Option<f64>,
    /// The experiment that gave it.
    pub experiment: Arc<Experiment>,
    /// Step at which it was judged.
    pub step: u64,
    /// Whether the controls stand here now.
    pub current: bool,
    /// Whether it is the uncompressed fp32 model.
    pub baseline: bool,
    /// Models of one training whose answers are averaged; 0 for a single model. What the snapshots before the last cost stands against [`Self::fp32_ms`],
    /// the time of the last.
    #[serde(default)]
    pub together: usize,
}

impl Tried {
    /// Whether its score can be compared with those of `here`.
    #[must_use]
    pub fn compares(&self, here: &Experiment) -> bool {
        same_data(&self.experiment, here)
    }
}

/// Most points kept; beyond it the oldest go that are on no front of their data.
const LIMIT: usize = 400;

/// Adds what a comparison found: the optimized model and, once per training recipe, its fp32 baseline, both under the settings
/// that gave them. The same experiment replaces what it gave before. `current` is where the controls stand now.
pub(super) fn record(list: &mut Vec<Tried>, current: &Arc<Experiment>, compared: &Compared, task: Task) {
    let experiment = &Arc::new(without_recipe(&compared.experiment));
    let current = &without_recipe(current);
    let uncompressed = Arc::new(Experiment { compress: uncompressed(experiment), ..Experiment::clone(experiment) });
    put(list, point(compared, &uncompressed, task, true));
    if !plain(experiment) {
        put(list, point(compared, experiment, task, false));
    }
    for tried in list.iter_mut() {
        tried.current = *tried.experiment == *current && tried.baseline == plain(current) && tried.together == 0;
    }
    if list.len() > LIMIT
        && let Some(oldest) = (0..list.len()).find(|i| !list[*i].current && beaten(list, *i))
    {
        list.remove(oldest);
    }
}

/// Adds what a recipe made, judged at `step`; its time only where it was `timed` with nothing else at work. The same recipe on the same experiment replaces what it gave
/// before.
pub(super) fn record_made(list: &mut Vec<Tried>, experiment: &Arc<Experiment>, stage: &Stage, (step, task): (u64, Task), timed: bool) {
    let label = format!("{} · {}", family(experiment), recipe_words(&experiment.recipe));
    put(
        list,
        Tried {
            label,
            task,
            score: stage.evaluation.score,
            bytes: stage.bytes(),
            ms: timed.then_some(stage.timing.p50),
            fp32_ms: timed.then_some(stage.baseline.p50),
            experiment: Arc::new(experiment.without_goal()),
            step,
            current: false,
            baseline: false,
            together: 0,
        },
    );
}

/// Adds the members of a snapshot ensemble as one model: what their averaged answers are worth, the bytes of all their files and the time of asking all of them. One
/// member is no ensemble.
pub(super) fn record_together(list: &mut Vec<Tried>, found: &Snapshots, task: Task) {
    let Some(all) = found.together.last().filter(|all| found.done && all.members > 1) else { return };
    let experiment = without_recipe(&found.experiment);
    put(
        list,
        Tried {
            label: format!("{} · {} snapshots together", family(&experiment), all.members),
            task,
            score: all.score,
            bytes: all.bytes,
            ms: found.latency.map(|[_, all]| all.p50),
            fp32_ms: found.latency.map(|[last, _]| last.p50),
            experiment: Arc::new(Experiment { compress: uncompressed(&experiment), ..experiment }),
            step: found.step,
            current: false,
            baseline: false,
            together: all.members,
        },
    );
}

/// `experiment` without its goal, and its recipe, which the models that the sliders make do not follow.
fn without_recipe(experiment: &Experiment) -> Experiment {
    Experiment { recipe: Vec::new(), ..experiment.without_goal() }
}

/// Whether nothing is compressed, so that the baseline itself is what the controls say.
fn plain(experiment: &Experiment) -> bool {
    if !experiment.is_network() {
        return experiment.compress.shrink == Shrink::default();
    }
    experiment.compress.during == 0 && experiment.compress.qat == 0 && experiment.compress == bare(&experiment.compress)
}

/// The compression of the baseline. What is set of a network's is no matter of a learner.
fn uncompressed(experiment: &Experiment) -> Compress {
    if experiment.is_network() {
        return bare(&experiment.compress);
    }
    Compress { shrink: Shrink::default(), ..experiment.compress.clone() }
}

/// What of the compression also shapes the baseline: pruning and rounding while training, and nothing else.
fn bare(compress: &Compress) -> Compress {
    let none = Compress { sparsity: 0.0, during: 0, bits: 0, activation_bits: 0, ..Compress::default() };
    let Compress { sparsity, pruner, criterion, during, prune_from, prune_to, .. } =
        if compress.during == 0 { none.clone() } else { compress.clone() };
    let rounded = if compress.qat == 0 { none } else { compress.clone() };
    Compress { sparsity, pruner, criterion, during, prune_from, prune_to, ..rounded }
}

fn point(compared: &Compared, experiment: &Arc<Experiment>, task: Task, baseline: bool) -> Tried {
    let fp32_ms = compared.latency.baseline.first().map(|t| t.p50);
    let (score, bytes, ms, what) = if baseline {
        (compared.baseline.score, compared.dense_bytes(), fp32_ms, "fp32 baseline".into())
    } else {
        let ms = compared.latency.optimized.first().map(|t| t.p50);
        (compared.optimized.score, compared.best_bytes(), ms, describe(experiment))
    };
    let label = format!("{} · {what}", family(experiment));
    Tried {
        label,
        task,
        score,
        bytes,
        ms,
        fp32_ms,
        experiment: experiment.clone(),
        step: compared.step,
        current: false,
        baseline,
        together: 0,
    }
}

fn put(list: &mut Vec<Tried>, new: Tried) {
    match list.iter_mut().find(|t| t.experiment == new.experiment && t.baseline == new.baseline && t.together == new.together) {
        Some(old) => *old = new,
        None => list.push(new),
    }
}

/// Whether another model of the same data is as good, as small and as quick.
fn beaten(list: &[Tried], i: usize) -> bool {
    let (one, ms) = (&list[i], |t: &Tried| t.ms.unwrap_or(f64::INFINITY));
    // Of equals the newer one stays.
    list.iter().enumerate().any(|(j, other)| {
        other.compares(&one.experiment)
            && other.score >= one.score
            && other.bytes <= one.bytes
            && ms(other) <= ms(one)
            && (j > i || other.score > one.score || other.bytes < one.bytes || ms(other) < ms(one))
    })
}

/// Indices of the points that no other beats in both score (higher) and cost (lower), in order of cost. Points without a
/// finite score and cost are never on it.
#[must_use]
pub fn front(list: &[Tried], cost: impl Fn(&Tried) -> f64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..list.len()).filter(|i| cost(&list[*i]).is_finite() && list[*i].score.is_finite()).collect();
    order::sort(&mut places, &|a, b| cost(&list[a]).total_cmp(&cost(&list[b])).then(list[b].score.total_cmp(&list[a].score)));
    let mut best = f32::NEG_INFINITY;
    places.retain(|i| {
        let better = list[*i].score > best;
        best = best.max(list[*i].score);
        better
    });
    places
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::protocol::{Timing, Together};

    /// A model of the default experiment with `change` made to it.
    pub fn tried(score: f32, bytes: u64, change: impl Fn(&mut Experiment)) -> Tried {
        let mut experiment = Experiment::default();
        change(&mut experiment);
        Tried {
            label: format!("{score} {bytes}"),
            task: Task::Classification,
            score,
            bytes,
            ms: None,
            fp32_ms: None,
            experiment: Arc::new(experiment),
            step: 0,
            current: false,
            baseline: false,
            together: 0,
        }
    }

    fn at(score: f32, bytes: u64) -> Tried {
        tried(score, bytes, |_| {})
    }

    #[test]
    fn front_keeps_what_nothing_beats() {
        let list = [at(0.9, 100), at(0.8, 100), at(0.95, 300), at(0.93, 400), at(0.5, 20), at(f32::NAN, 1), at(0.95, 300)];
        assert_eq!(front(&list, |t| t.bytes as f64), [4, 0, 2]);
        assert!(front(&list, |t| t.ms.unwrap_or(f64::NAN)).is_empty(), "nothing was timed");
        assert!(front(&[], |_| 1.0).is_empty());
    }

    #[test]
    fn snapshots_together_stand_beside_the_model_they_come_from() {
        let together = |members, score| Together { members, loss: 0.25, score, bytes: 1000 * members as u64 };
        let timing = |p50| Timing { batch: 1, p50, p95: p50, calls: 9 };
        let mut found = Snapshots { done: true, step: 90, together: vec![together(1, 0.92)], ..Snapshots::default() };
        let mut list = vec![Tried { baseline: true, ..at(0.9, 1000) }];
        record_together(&mut list, &found, Task::Classification);
        assert_eq!(list.len(), 1, "one member is no ensemble");
        found.together.push(together(2, 0.94));
        found.latency = Some([timing(0.02), timing(0.05)]);
        record_together(&mut list, &Snapshots { done: false, ..found.clone() }, Task::Classification);
        assert_eq!(list.len(), 1, "nor is what is under way");
        for _ in 0..2 {
            record_together(&mut list, &found, Task::Classification);
        }
        assert_eq!(list.len(), 2, "the same again takes its place");
        let new = &list[1];
        assert_eq!((new.together, new.score, new.bytes, new.step), (2, 0.94, 2000, 90));
        assert_eq!((new.ms, new.fp32_ms, new.baseline), (Some(0.05), Some(0.02), false));
        assert!(new.label.ends_with(" · 2 snapshots together"), "{}", new.label);
        assert_eq!(front(&list, |t| t.bytes as f64), [0, 1]);
    }

    #[test]
    fn only_a_model_of_the_same_data_beats_one() {
        let circle = |e: &mut Experiment| e.data = crate::engine::catalog::Pick::new("circle");
        let list = [at(0.9, 100), tried(1.0, 10, circle), at(0.95, 90), at(0.95, 90)];
        assert_eq!([0, 1, 2, 3].map(|i| beaten(&list, i)), [true, false, true, false], "of equals the newer one stays");
    }
}
