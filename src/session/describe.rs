//! The network and the data in words and numbers, for the page's lists.

use crate::{
    engine::{
        activations,
        data::{Dataset, Samples, Task, baseline},
        inference::Runner,
        layers::{self, Op},
        network::{Network, Node},
    },
    protocol::{Baseline, DataReport, F32s, LayerMemory, LayerReport, Memory, ModelReport},
};

/// Components whose share of the variance is told.
const EXPLAINED: usize = 32;

/// Layers, parameters and work of a network.
pub(super) fn model(network: &Network) -> ModelReport {
    let layers: Vec<_> = network.nodes().iter().map(layer).collect();
    ModelReport {
        params: network.params() as u64,
        macs: network.macs(),
        activations: network.nodes().iter().map(|n| n.layer.output().len() as u64).sum(),
        peak_activations: peak(network),
        layers,
    }
}

/// What the layers of both models take in memory.
pub(super) fn memory(baseline: &Runner, optimized: &Runner) -> Vec<LayerMemory> {
    let of = |runner: &Runner, layer| {
        let (weights, activations) = runner.memory(layer);
        Memory { weights: weights as u64, activations: activations as u64 }
    };
    (0..baseline.layers()).map(|i| LayerMemory { baseline: of(baseline, i), optimized: of(optimized, i) }).collect()
}

/// See [`ModelReport::peak_activations`].
fn peak(network: &Network) -> u64 {
    let mut input = network.input().len();
    let needs = network.nodes().iter().enumerate().map(|(i, node)| {
        let output = node.layer.output().len();
        let in_place = matches!(
            node.layer.op(),
            Op::Activation(_)
                | Op::Flatten
                | Op::Identity
                | Op::Affine { .. }
                | Op::LayerNorm { .. }
                | Op::Exit { .. }
                | Op::Position { .. }
        );
        // A sum takes the place of what came in.
        let own = if in_place || network.skip(i).is_some() { output } else { input + output };
        input = output;
        (own + held(network, i)) as u64
    });
    needs.max().unwrap_or(input as u64)
}

/// Values that skip connections hold in memory while layer `i` computes, beyond its input.
fn held(network: &Network, i: usize) -> usize {
    let values = |from: usize| from.checked_sub(1).map_or(network.input(), |last| network.nodes()[last].layer.output()).len();
    let mut begins: Vec<usize> = (i..network.nodes().len()).filter_map(|end| network.skip(end)).filter(|from| *from <= i).collect();
    begins.sort_unstable();
    begins.dedup();
    // What comes into this layer is counted with it, unless it writes over it.
    let first = begins.iter().filter(|from| **from < i).map(|from| values(*from)).sum::<usize>();
    let writes_over = begins.contains(&i)
        && matches!(network.nodes()[i].layer.op(), Op::Activation(_) | Op::Affine { .. } | Op::LayerNorm { .. } | Op::Position { .. });
    first + if writes_over { values(i) } else { 0 }
}

fn layer(node: &Node) -> LayerReport {
    LayerReport {
        key: node.pick.key.clone(),
        label: label(node),
        output: node.layer.output().0.clone(),
        params: node.span.len() as u64,
        macs: node.layer.macs(),
        back: node.layer.back(),
    }
}

fn label(node: &Node) -> String {
    let key = &node.pick.key;
    let name = layers::LISTING.find(key).or_else(|_| activations::LISTING.find(key)).map(|e| e.label).unwrap_or_default();
    match node.layer.op() {
        Op::Dense { outputs, .. } => format!("{name} {outputs}"),
        Op::Conv2d(s) => format!("{name} {k}×{k}, {}", s.filters, k = s.kernel),
        Op::Depthwise(s) => format!("{name} {k}×{k}", k = s.kernel),
        Op::Pool2d { size, .. } => format!("{name} {size}×{size}"),
        Op::Recurrent(sizes) => format!("{name} {}", sizes.units),
        Op::Embedding { size, .. } => format!("{name} {size}"),
        Op::Attention(sizes) => format!("{name} {}", sizes.heads),
        Op::Add { back } => format!("{name} {back}"),
        _ => name.to_string(),
    }
}

/// What the data is, with its points where they lie in the plane, and what simple methods reach on it.
pub(super) fn data(data: &Dataset, baselines: &[baseline::Baseline]) -> DataReport {
    let (classes, target) = match &data.task {
        Task::Classes(names) => (names.clone(), String::new()),
        Task::Value { name, .. } => (Vec::new(), name.clone()),
    };
    let mut points = Vec::new();
    if is_plane(data) {
        let made_of = data.pipeline.as_ref().and_then(|pipeline| pipeline.points());
        for (at, (samples, part)) in [(&data.train, 0.0), (&data.validation, 2.0), (&data.test, 1.0)].into_iter().enumerate() {
            points_of(samples, made_of.map_or(&samples.inputs, |points| &points[at]), part, &mut points);
        }
    }
    DataReport {
        key: data.key.clone(),
        name: data.name.clone(),
        classes,
        target,
        shape: data.shape.0.clone(),
        features: data.features.clone(),
        train: data.train.len,
        validation: data.validation.len,
        test: data.test.len,
        points: F32s::from(&points[..]),
        explained: data.pipeline.as_ref().map_or(Vec::new(), |p| p.explained().iter().take(EXPLAINED).map(|v| *v as f32).collect()),
        baselines: baselines.iter().map(|b| Baseline { model: b.model.into(), score: b.score as f32 }).collect(),
    }
}

/// Whether samples are points of the plane, or made of such, drawn as such.
pub(super) fn is_plane(data: &Dataset) -> bool {
    data.shape.0 == [2] || data.pipeline.as_ref().is_some_and(|pipeline| pipeline.points().is_some())
}

/// What the network sees of points of the plane `[_, 2]`.
pub(super) fn seen_in_plane(data: &Dataset, points: Vec<f32>) -> Vec<f32> {
    match &data.pipeline {
        Some(pipeline) if pipeline.points().is_some() => pipeline.run(&points, 2),
        _ => points,
    }
}

fn points_of(samples: &Samples, inputs: &[f32], part: f32, points: &mut Vec<f32>) {
    for (i, xy) in inputs.chunks_exact(2).enumerate() {
        let label = samples.classes.get(i).map_or_else(|| samples.values[i], |c| *c as f32);
        points.extend([xy[0], xy[1], label, part]);
    }
}
