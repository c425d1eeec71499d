//! Test samples with what both models say of them.

use super::{describe, evaluate::Judge};
use crate::{
    engine::{
        data::{Dataset, Task, in_time},
        roc,
    },
    protocol::{F32s, RunError, Sample},
};

/// Two models that are held against each other: the baseline (side 0) and what was made small of it (side 1).
pub(super) trait Both {
    /// Outputs (before any softmax) `[B, O]` of one side for `batch` samples `x[B, I]`.
    fn say<'a>(&'a mut self, side: usize, x: &'a [f32], batch: usize) -> &'a [f32];

    /// Appends to `to` the probabilities of the classes `[B, C]` of one side for `batch` samples `x[B, I]` of a classification.
    fn probabilities(&mut self, side: usize, x: &[f32], batch: usize, to: &mut Vec<f64>) {
        let said = self.say(side, x, batch);
        said.chunks_exact((said.len() / batch.max(1)).max(1)).for_each(|logits| roc::probabilities(logits, to));
    }

    /// What one side was judged to be.
    fn judge(&self, side: usize) -> &Judge;
}

/// Samples shown beside the network.
const SHOWN: usize = 12;
/// Points of the predicted-against-actual chart of a regression.
const RESIDUALS: usize = 200;
/// The same of a series, which is drawn over time besides: all test windows of the bundled ones.
const WINDOWS: usize = 400;
/// Samples of one confusion cell.
const CELL: usize = 24;

/// The samples that go with a view: the watched one first, then the first of the test set; none for plane data, whose points
/// are on the map.
pub(super) fn shown(data: &Dataset, pair: &mut dyn Both, watched: usize) -> Vec<Sample> {
    match data.task {
        Task::Value { .. } => {
            let most = if in_time(&data.key) { WINDOWS } else { RESIDUALS };
            (0..data.test.len.min(most)).map(|i| residual(data, pair, i)).collect()
        }
        Task::Classes(_) if describe::is_plane(data) => Vec::new(),
        Task::Classes(_) => {
            let watched = watched.min(data.test.len.saturating_sub(1));
            let rest = (0..data.test.len).filter(|i| *i != watched).take(SHOWN - 1);
            std::iter::once(watched).chain(rest).map(|i| sample(data, pair, i)).collect()
        }
    }
}

/// Samples of one cell of the confusion matrix, and how many there are in all.
pub(super) fn cell(data: &Dataset, pair: &mut dyn Both, actual: usize, predicted: usize, optimized: bool) -> (usize, Vec<Sample>) {
    let judge = pair.judge(usize::from(optimized));
    let hits: Vec<usize> = (0..judge.predicted.len())
        .filter(|i| usize::from(judge.predicted[*i]) == predicted && data.test.classes.get(*i) == Some(&(actual as u32)))
        .collect();
    (hits.len(), hits.iter().take(CELL).map(|i| sample(data, pair, *i)).collect())
}

/// What both models say of one input `[I]` as the network sees it: probabilities, or the value in the target's own unit.
pub(super) fn predict(task: &Task, pair: &mut dyn Both, input: &[f32]) -> (Vec<f32>, Vec<f32>) {
    (readable(task, pair.say(0, input, 1)), readable(task, pair.say(1, input, 1)))
}

/// A test sample with what both models say.
pub(super) fn sample(data: &Dataset, pair: &mut dyn Both, index: usize) -> Sample {
    let width = data.shape.len();
    let input = &data.test.inputs[index * width..(index + 1) * width];
    let (baseline, optimized) = predict(&data.task, pair, input);
    let actual = data.test.classes.get(index).map_or(0.0, |c| *c as f32);
    Sample { index, input: F32s::from(&raw(data, input)[..]), actual, baseline, optimized }
}

fn residual(data: &Dataset, pair: &dyn Both, index: usize) -> Sample {
    let say = |values: &[f32]| readable(&data.task, &values[index..=index]);
    Sample {
        index,
        input: F32s::default(),
        actual: readable(&data.task, &data.test.values[index..=index])[0],
        baseline: say(&pair.judge(0).values),
        optimized: say(&pair.judge(1).values),
    }
}

/// An input in the data's own units.
fn raw(data: &Dataset, input: &[f32]) -> Vec<f32> {
    if data.scaling.len() != input.len() {
        return input.to_vec();
    }
    input.iter().zip(&data.scaling).map(|(x, (shift, scale))| x / scale + shift).collect()
}

/// An input from the data's own units, or a point of the plane of which features are made, to what the model sees. Errors: an input of another length.
pub(super) fn seen(data: &Dataset, input: &[f32]) -> Result<Vec<f32>, RunError> {
    let made = if data.pipeline.is_some() && describe::is_plane(data) && input.len() == 2 {
        describe::seen_in_plane(data, input.to_vec())
    } else {
        input.to_vec()
    };
    let wanted = data.shape.len();
    if made.len() != wanted {
        return Err(RunError::Message(format!("an input has {} values, this data {wanted}", input.len())));
    }
    if data.scaling.len() != wanted {
        return Ok(made);
    }
    Ok(made.iter().zip(&data.scaling).map(|(x, (shift, scale))| (x - shift) * scale).collect())
}

fn readable(task: &Task, outputs: &[f32]) -> Vec<f32> {
    match task {
        Task::Value { shift, scale, .. } => outputs.iter().map(|v| v / scale + shift).collect(),
        Task::Classes(_) => softmax(outputs),
    }
}

/// Softmax for a reader, whose figures are `libm`'s: training's own (`losses/cross_entropy.rs`) differs in last digits, and takes tiny probabilities for zero.
fn softmax(z: &[f32]) -> Vec<f32> {
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let e: Vec<f32> = z.iter().map(|z| libm::expf(z - max)).collect();
    let sum: f32 = e.iter().sum();
    e.iter().map(|e| e / sum).collect()
}
