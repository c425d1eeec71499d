//! Test samples with what both models say of them.

use super::{
    evaluate::Judge,
    preview::{Both, Pair},
};
use crate::{
    engine::data::{Dataset, Task},
    protocol::{F32s, Sample},
};

/// Samples shown beside the network.
const SHOWN: usize = 12;
/// Points of the predicted-against-actual chart of a regression.
const RESIDUALS: usize = 200;
/// Samples of one confusion cell.
const CELL: usize = 24;

/// The samples that go with a view: the watched one first, then the first of the test set; none for plane data, whose points
/// are on the map.
pub(super) fn shown(data: &Dataset, pair: &mut Pair, watched: usize) -> Vec<Sample> {
    match data.task {
        Task::Value { .. } => (0..data.test.len.min(RESIDUALS)).map(|i| residual(data, pair, i)).collect(),
        Task::Classes(_) if super::describe::is_plane(data) => Vec::new(),
        Task::Classes(_) => {
            let watched = watched.min(data.test.len.saturating_sub(1));
            let rest = (0..data.test.len).filter(|i| *i != watched).take(SHOWN - 1);
            std::iter::once(watched).chain(rest).map(|i| sample(data, &mut pair.both(), i)).collect()
        }
    }
}

/// Samples of one cell of the confusion matrix that `judge` has found, and how many there are in all.
pub(super) fn cell(data: &Dataset, both: &mut Both<'_>, judge: &Judge, actual: usize, predicted: usize) -> (usize, Vec<Sample>) {
    let hits: Vec<usize> = (0..judge.predicted.len())
        .filter(|i| usize::from(judge.predicted[*i]) == predicted && data.test.classes.get(*i) == Some(&(actual as u32)))
        .collect();
    (hits.len(), hits.iter().take(CELL).map(|i| sample(data, both, *i)).collect())
}

/// What both models say of one input `[I]` as the network sees it: probabilities, or the value in the target's own unit.
pub(super) fn predict(task: &Task, both: &mut Both<'_>, input: &[f32]) -> (Vec<f32>, Vec<f32>) {
    (readable(task, both.baseline.run(input, 1)), readable(task, both.optimized.run(input, 1)))
}

/// A test sample with what both models say.
pub(super) fn sample(data: &Dataset, both: &mut Both<'_>, index: usize) -> Sample {
    let width = data.shape.len();
    let input = &data.test.inputs[index * width..(index + 1) * width];
    let (baseline, optimized) = predict(&data.task, both, input);
    let actual = data.test.classes.get(index).map_or(0.0, |c| *c as f32);
    Sample { index, input: F32s::from(&raw(data, input)[..]), actual, baseline, optimized }
}

fn residual(data: &Dataset, pair: &Pair, index: usize) -> Sample {
    let say = |values: &[f32]| readable(&data.task, &values[index..=index]);
    Sample {
        index,
        input: F32s::default(),
        actual: readable(&data.task, &data.test.values[index..=index])[0],
        baseline: say(&pair.baseline_judge.values),
        optimized: say(&pair.optimized_judge.values),
    }
}

/// An input in the data's own units.
fn raw(data: &Dataset, input: &[f32]) -> Vec<f32> {
    if data.scaling.len() != input.len() {
        return input.to_vec();
    }
    input.iter().zip(&data.scaling).map(|(x, (shift, scale))| x / scale + shift).collect()
}

/// An input from the data's own units to what the network sees.
pub(super) fn seen(data: &Dataset, input: &[f32]) -> Vec<f32> {
    if data.scaling.len() != input.len() {
        return input.to_vec();
    }
    input.iter().zip(&data.scaling).map(|(x, (shift, scale))| (x - shift) * scale).collect()
}

fn readable(task: &Task, outputs: &[f32]) -> Vec<f32> {
    match task {
        Task::Value { shift, scale, .. } => outputs.iter().map(|v| v / scale + shift).collect(),
        Task::Classes(_) => softmax(outputs),
    }
}

fn softmax(z: &[f32]) -> Vec<f32> {
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let e: Vec<f32> = z.iter().map(|z| libm::expf(z - max)).collect();
    let sum: f32 = e.iter().sum();
    e.iter().map(|e| e / sum).collect()
}
