//! Everything tried so far, and the front of what nothing else beats.

use std::sync::Arc;

use super::Compared;
use crate::experiment::Experiment;

/// One model that was compressed and judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// What sets it apart, in a few words.
    pub label: String,
    /// Accuracy (or R²) of the optimized model on the test samples.
    pub score: f32,
    /// Length of its file.
    pub bytes: u64,
    /// Median latency of one sample, ms.
    pub ms: f64,
    /// The experiment that gave it.
    pub experiment: Arc<Experiment>,
    /// Step at which it was judged.
    pub step: u64,
    /// Whether the controls stand here now.
    pub current: bool,
    /// Whether it is the uncompressed fp32 model.
    pub baseline: bool,
}

/// Most points kept; beyond it the oldest go that are on no front.
const LIMIT: usize = 400;

/// Adds what a comparison found: the optimized model and, once per training recipe, its fp32 baseline, both under the settings
/// that gave them. The same experiment replaces what it gave before. `current` is where the controls stand now.
pub(super) fn record(list: &mut Vec<Tried>, current: &Arc<Experiment>, compared: &Compared) {
    let experiment = &compared.experiment;
    let mut uncompressed = Experiment::clone(experiment);
    uncompressed.compress = none();
    let uncompressed = Arc::new(uncompressed);
    put(list, point(compared, &uncompressed, "fp32 baseline", true));
    if uncompressed != *experiment {
        put(list, point(compared, experiment, &super::describe(experiment), false));
    }
    for tried in list.iter_mut() {
        tried.current = tried.experiment == *current;
    }
    if list.len() > LIMIT {
        let keep: Vec<usize> = front(list, |t| t.bytes as f64).into_iter().chain(front(list, |t| t.ms)).collect();
        if let Some(oldest) = (0..list.len()).find(|i| !keep.contains(i) && !list[*i].current) {
            list.remove(oldest);
        }
    }
}

/// Compression that does nothing.
fn none() -> crate::experiment::Compress {
    crate::experiment::Compress { sparsity: 0.0, during: 0, bits: 0, activation_bits: 0, ..Default::default() }
}

fn point(compared: &Compared, experiment: &Arc<Experiment>, label: &str, baseline: bool) -> Tried {
    let (evaluation, timing) = if baseline {
        (&compared.baseline, compared.latency.baseline.first())
    } else {
        (&compared.optimized, compared.latency.optimized.first())
    };
    Tried {
        label: label.into(),
        score: evaluation.score,
        bytes: if baseline { compared.dense_bytes() } else { compared.best_bytes() },
        ms: timing.map_or(f64::NAN, |t| t.p50),
        experiment: experiment.clone(),
        step: compared.step,
        current: false,
        baseline,
    }
}

fn put(list: &mut Vec<Tried>, new: Tried) {
    match list.iter_mut().find(|t| t.experiment == new.experiment) {
        Some(old) => *old = new,
        None => list.push(new),
    }
}

/// Indices of the points that no other beats in both score (higher) and cost (lower), in order of cost. Points without a
/// finite score and cost are never on it.
#[must_use]
pub fn front(list: &[Tried], cost: impl Fn(&Tried) -> f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..list.len()).filter(|i| cost(&list[*i]).is_finite() && list[*i].score.is_finite()).collect();
    order.sort_by(|a, b| cost(&list[*a]).total_cmp(&cost(&list[*b])).then(list[*b].score.total_cmp(&list[*a].score)));
    let mut best = f32::NEG_INFINITY;
    order.retain(|i| {
        let better = list[*i].score > best;
        best = best.max(list[*i].score);
        better
    });
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(score: f32, bytes: u64) -> Tried {
        let experiment = Arc::new(Experiment::default());
        Tried { label: String::new(), score, bytes, ms: f64::NAN, experiment, step: 0, current: false, baseline: false }
    }

    #[test]
    fn front_keeps_what_nothing_beats() {
        let list = [at(0.9, 100), at(0.8, 100), at(0.95, 300), at(0.93, 400), at(0.5, 20), at(f32::NAN, 1), at(0.95, 300)];
        assert_eq!(front(&list, |t| t.bytes as f64), [4, 0, 2]);
        assert!(front(&list, |t| t.ms).is_empty(), "nothing was timed");
        assert!(front(&[], |t| t.ms).is_empty());
    }
}
