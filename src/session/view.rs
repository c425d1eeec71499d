//! The network as the page draws it: a little map per unit, links between units, and what the model says over the plane.

use super::unit_maps;
use crate::{
    engine::{
        data::{Dataset, Samples, Task, painted},
        layers::Op,
        losses::Target,
        network::{Network, Tape},
        packed::trunk,
        rng::Rng,
        shape::Role,
        train::argmax,
    },
    protocol::{Boundary, F32s, MapKind, NetworkView, ViewColumn},
};

/// Most units of a layer that are drawn.
const DRAWN: usize = 16;
/// Cells per edge of the boundary.
pub(super) const CELLS: usize = 48;
/// Cells per edge of a unit's map over the plane.
const MAP: usize = 24;
/// Test samples that show whether a unit is alive.
const PROBES: usize = 128;

/// What drawing a network needs besides the network.
pub(super) struct Scene<'a> {
    pub network: &'a Network,
    pub params: &'a [f32],
    /// 1 alive, 0 pruned, per parameter; empty when nothing is pruned.
    pub keep: &'a [f32],
    pub data: &'a Dataset,
    /// Index of the watched test sample.
    pub watched: usize,
}

/// Half the edge of the square that holds all points of plane data, with a margin.
pub(super) fn extent(data: &Dataset) -> f32 {
    if data.key == painted::KEY {
        // There is room to paint, and it stays where it is.
        return painted::REACH;
    }
    let made_of = data.pipeline.as_ref().and_then(|pipeline| pipeline.points());
    let all = made_of.map_or([&data.train.inputs, &data.test.inputs], |[train, _, test]| [train, test]);
    let far = all.into_iter().flatten().fold(0.0_f32, |far, v| far.max(v.abs()));
    (far * 1.1).max(0.5)
}

/// Centres of `cells × cells` squares of the plane, rows from the top.
pub(super) fn grid(cells: usize, extent: f32) -> Vec<f32> {
    let at = |i: usize| ((i as f32 + 0.5) / cells as f32 * 2.0 - 1.0) * extent;
    (0..cells * cells).flat_map(|i| [at(i % cells), -at(i / cells)]).collect()
}

/// What outputs over the plane are drawn as; see [`Boundary`].
pub(super) fn plane_score(task: &Task, outputs: &[f32]) -> Vec<f32> {
    match task {
        Task::Value { .. } => outputs.to_vec(),
        Task::Classes(names) if names.len() == 2 => outputs.chunks_exact(2).map(|z| libm::tanhf((z[1] - z[0]) / 2.0)).collect(),
        Task::Classes(names) => outputs.chunks_exact(names.len()).map(|z| argmax(z) as f32).collect(),
    }
}

/// The boundary of a model whose outputs over [`grid`] are given.
pub(super) fn boundary(data: &Dataset, baseline: &[f32], optimized: &[f32]) -> Boundary {
    Boundary {
        cells: CELLS,
        extent: extent(data),
        baseline: F32s::from(&plane_score(&data.task, baseline)[..]),
        optimized: F32s::from(&plane_score(&data.task, optimized)[..]),
    }
}

/// Inputs and targets of the samples `from..to`.
pub(super) fn slice<'a>(samples: &'a Samples, width: usize, from: usize, to: usize) -> (&'a [f32], Target<'a>) {
    let target =
        if samples.classes.is_empty() { Target::Values(&samples.values[from..to]) } else { Target::Classes(&samples.classes[from..to]) };
    (&samples.inputs[from * width..to * width], target)
}

/// Draws the network. `tape` is scratch memory, kept by the caller from view to view.
pub(super) fn network(scene: &Scene<'_>, tape: &mut Tape) -> NetworkView {
    let Scene { network, params, data, .. } = scene;
    let width = data.shape.len();
    let mut rng = Rng::new(0, 0);

    let probes = PROBES.min(data.test.len);
    let (x, _) = slice(&data.test, width, 0, probes);
    network.forward(params, x, probes, false, &mut rng, tape);
    let alive: Vec<Vec<f32>> = (0..network.nodes().len()).map(|i| liveliness(network, i, tape.output(i), probes)).collect();

    let plane = super::describe::is_plane(data);
    let kinds: Vec<_> = (0..network.nodes().len()).map(|i| unit_maps::kind(scene, i, plane.then_some(MAP))).collect();
    // What needs many samples is taken before the one that is watched goes through.
    let image = data.shape.image().map(|(h, w, channels)| (h * w, channels));
    let mut responses: Vec<_> = (0..kinds.len())
        .map(|i| {
            let image = image.filter(|_| kinds[i].0 == MapKind::Response && trunk(&network.nodes()[i].layer.op()).is_some())?;
            let (total, said) = (network.units(i), tape.output(shown_output(network, i)));
            Some(unit_maps::response(x, image, &said[..probes * total], total, &spread(total)))
        })
        .collect();
    let points = if plane { super::describe::seen_in_plane(data, grid(MAP, extent(data))) } else { watched(scene).to_vec() };
    let batch = points.len() / width;
    network.forward(params, &points, batch, false, &mut rng, tape);

    let mut columns = vec![input_column(scene, plane, &points)];
    for (i, node) in network.nodes().iter().enumerate() {
        if trunk(&node.layer.op()).is_none() {
            continue;
        }
        let shown = shown_output(network, i);
        let before = columns.last().map_or(&[][..], |c| &c.units[..]).to_vec();
        let before_total = columns.last().map_or(1, |c| c.total);
        let total = network.units(i);
        let drawn = spread(total);
        let (kind, map) = kinds[i];
        let output = &tape.output(shown)[..batch * network.nodes()[shown].layer.output().len()];
        let maps = unit_maps::maps(scene, i, &drawn, kind, output, responses[i].take());
        let (links, kept) = links(scene, i, (&before, before_total), &drawn);
        let bias = node.tensors.iter().find(|(tensor, _)| tensor.role == Role::Bias).map_or(&[][..], |(_, span)| &params[span.clone()]);
        columns.push(ViewColumn {
            layer: Some(i),
            alive: drawn.iter().map(|u| alive[shown][*u]).collect(),
            bias: drawn.iter().filter_map(|u| bias.get(*u).copied()).collect(),
            values: unit_maps::values(network, i, &drawn, kind, output),
            units: drawn,
            total,
            maps: F32s::from(&maps[..]),
            kind,
            map,
            links: F32s::from(&links[..]),
            fan: network.link_rows(i, 0).count(),
            kept,
        });
    }
    NetworkView { columns, weights_set: 0 }
}

/// Which of `total` units are drawn: all, or some spread evenly.
fn spread(total: usize) -> Vec<usize> {
    let n = total.min(DRAWN);
    (0..n).map(|i| i * total / n).collect()
}

/// The layer whose output shows what unit of `layer` says: its activation where one follows.
fn shown_output(network: &Network, layer: usize) -> usize {
    let follows = |n: &crate::engine::network::Node| {
        matches!(
            n.layer.op(),
            Op::Activation(_)
                | Op::Identity
                | Op::Affine { .. }
                | Op::LayerNorm { .. }
                | Op::Add { .. }
                | Op::Exit { .. }
                | Op::Position { .. }
        )
    };
    layer + network.nodes()[layer + 1..].iter().take_while(|n| follows(n)).count()
}

/// Per unit: share of samples and positions at which it is not zero.
fn liveliness(network: &Network, layer: usize, output: &[f32], batch: usize) -> Vec<f32> {
    let shape = network.nodes()[layer].layer.output();
    let channels = shape.0.last().copied().unwrap_or(1);
    let output = &output[..batch * shape.len()];
    let mut counts = vec![0_u32; channels];
    for row in output.chunks_exact(channels) {
        for (count, v) in counts.iter_mut().zip(row) {
            *count += u32::from(*v != 0.0);
        }
    }
    let rows = (output.len() / channels).max(1) as f32;
    counts.iter().map(|c| *c as f32 / rows).collect()
}

fn watched<'a>(scene: &Scene<'a>) -> &'a [f32] {
    let width = scene.data.shape.len();
    let i = scene.watched.min(scene.data.test.len.saturating_sub(1));
    &scene.data.test.inputs[i * width..(i + 1) * width]
}

fn input_column(scene: &Scene<'_>, plane: bool, points: &[f32]) -> ViewColumn {
    let (total, map) = match scene.data.shape.image() {
        Some((h, w, c)) => (c, (h, w)),
        None if plane => (scene.data.shape.len(), (MAP, MAP)),
        None => (scene.data.shape.len(), (1, 1)),
    };
    let drawn = spread(total);
    let maps: Vec<f32> = drawn.iter().flat_map(|u| points.iter().skip(*u).step_by(total).copied()).collect();
    ViewColumn {
        layer: None,
        alive: vec![1.0; drawn.len()],
        units: drawn,
        total,
        maps: F32s::from(&maps[..]),
        kind: MapKind::Input,
        map,
        links: F32s::default(),
        fan: 0,
        kept: Vec::new(),
        bias: Vec::new(),
        values: Vec::new(),
    }
}

/// Mean weight and liveliness of each link between drawn units, `[before, here]`.
fn links(scene: &Scene<'_>, layer: usize, (before, before_total): (&[usize], usize), drawn: &[usize]) -> (Vec<f32>, Vec<u8>) {
    debug_assert_eq!(before_total, scene.network.units_before(layer));
    let mut means = Vec::with_capacity(before.len() * drawn.len());
    let mut kept = Vec::with_capacity(means.capacity());
    for from in before {
        for to in drawn {
            let weights: Vec<usize> = scene.network.link(layer, *from, *to).collect();
            let sum: f32 = weights.iter().map(|i| scene.params[*i]).sum();
            means.push(sum / weights.len().max(1) as f32);
            kept.push(u8::from(scene.keep.is_empty() || weights.iter().any(|i| scene.keep[*i] != 0.0)));
        }
    }
    (means, kept)
}
