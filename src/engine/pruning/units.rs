//! Whole units go: neurons of dense layers, filters of convolutions.

use super::{
    Evidence, Mask, Pruned, Pruner, Scores, count,
    criteria::Criterion,
    order::{GONE, smallest},
};
use crate::engine::{
    catalog::Entry,
    error::SpecError,
    layers::Op,
    network::{Network, Node},
    packed::{matrix, trunk},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "units",
    label: "Whole neurons and filters",
    help: teach!(
        "Removes whole units, so that layers become narrower and every kernel simply does less work; a unit's score counts relative to the mean of its layer. Costs more accuracy per weight than single weights do, and saves time for certain."
    ),
    formula: teach!(r"s_u = \frac{S_u}{\frac{1}{N} \sum_v |S_v|}"),
    source: teach!("Li et al. 2017, Pruning filters for efficient ConvNets"),
    params: &[],
    build: |_| Box::new(Units),
};

struct Units;

/// A layer with units that may go, and the layer with weights that reads them.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Its place among the network's nodes.
    pub layer: usize,
    /// That of the layer that reads it.
    pub next: usize,
    /// Its units.
    pub units: usize,
}

impl Pruner for Units {
    fn prune(&self, evidence: &Evidence<'_>, criterion: &Criterion, sparsity: f64) -> Result<Pruned, SpecError> {
        let network = evidence.network;
        let pairs = pairs(network);
        let scores = scores(evidence, criterion, &pairs)?;
        let mut removed = vec![Vec::new(); network.nodes().len()];
        // The strongest unit of each layer stays whatever happens.
        let candidates = pairs.iter().zip(&scores).enumerate().flat_map(|(at, (pair, scores))| {
            let strongest = (0..pair.units).max_by(|a, b| scores[*a].total_cmp(&scores[*b]).then(b.cmp(a)));
            let first = pairs[..at].iter().map(|p| p.units).sum::<usize>();
            (0..pair.units).filter(move |u| Some(*u) != strongest).map(move |u| (first + u, scores[u]))
        });
        let total: usize = pairs.iter().map(|p| p.units).sum();
        let may_go = total - pairs.len();
        for at in smallest(candidates, count(total, sparsity).min(may_go)) {
            let (pair, unit) = locate(&pairs, at);
            removed[pair.layer].push(unit);
        }
        let mut mask = Mask::all(evidence.params.len());
        for pair in &pairs {
            crate::order::sort(&mut removed[pair.layer], &|a, b| a.cmp(&b));
            for unit in &removed[pair.layer] {
                hide(network, pair, *unit, &mut mask);
            }
        }
        Ok(Pruned { mask, removed })
    }
}

/// Importance of each unit of each layer, relative to the mean of the layer.
fn scores(evidence: &Evidence<'_>, criterion: &Criterion, pairs: &[Pair]) -> Result<Vec<Vec<f32>>, SpecError> {
    let mut all = match criterion {
        Criterion::Units(criterion) => pairs.iter().map(|pair| criterion.scores(evidence, pair)).collect::<Result<Vec<_>, _>>()?,
        Criterion::Weights(_) => {
            let scores = Scores::of(evidence, criterion)?;
            pairs.iter().map(|pair| (0..pair.units).map(|unit| scores.together(incoming(evidence, pair, unit))).collect()).collect()
        }
    };
    for (pair, scores) in pairs.iter().zip(&mut all) {
        let mean = scores.iter().map(|s: &f32| s.abs()).sum::<f32>() / pair.units as f32;
        if mean > 0.0 {
            scores.iter_mut().for_each(|s| *s /= mean);
        }
        for (unit, score) in scores.iter_mut().enumerate() {
            if incoming(evidence, pair, unit).all(|at| evidence.is_gone(at)) {
                *score = GONE;
            }
        }
    }
    Ok(all)
}

/// Places of the weights that reach a unit.
pub(super) fn incoming(evidence: &Evidence<'_>, pair: &Pair, unit: usize) -> impl Iterator<Item = usize> + Clone + use<> {
    evidence.span(pair.layer).skip(unit).step_by(pair.units)
}

/// Number of units that may go: those of every layer with weights but the last (its units are the answer).
#[must_use]
pub fn removable(network: &Network) -> usize {
    pairs(network).iter().map(|p| p.units).sum()
}

pub(super) fn pairs(network: &Network) -> Vec<Pair> {
    let with: Vec<(usize, usize)> =
        network.nodes().iter().enumerate().filter_map(|(i, n)| mixing(&n.layer.op()).map(|(_, units)| (i, units))).collect();
    let pairs = with.windows(2).map(|w| Pair { layer: w[0].0, next: w[1].0, units: w[0].1 });
    pairs.filter(|pair| reader(network, pair).is_none()).collect()
}

/// Layers that keep all their units because more than the next layer with weights depends on each of them, and the layer that does: a skip connection adds
/// them to those of another layer, or layer normalization takes their mean.
#[must_use]
pub fn coupled(network: &Network) -> Vec<(usize, usize)> {
    let with: Vec<usize> = network.nodes().iter().enumerate().filter(|(_, n)| mixing(&n.layer.op()).is_some()).map(|(i, _)| i).collect();
    let pairs = with.windows(2).map(|w| Pair { layer: w[0], next: w[1], units: 0 });
    pairs.filter_map(|pair| reader(network, &pair).map(|reader| (pair.layer, reader))).collect()
}

/// The first layer whose answer depends on how many units `pair.layer` has.
fn reader(network: &Network, pair: &Pair) -> Option<usize> {
    let nodes = network.nodes();
    // A recurrent layer or attention reads its own units, and those before it at every step.
    if let Some(reader) = [pair.layer, pair.next].into_iter().find(|i| nodes[*i].layer.op().winds()) {
        return Some(reader);
    }
    let between = pair.layer + 1..pair.next;
    let inside = between.clone().find(|i| matches!(nodes[*i].layer.op(), Op::LayerNorm { .. } | Op::Add { .. } | Op::Position { .. }));
    // One that begins before the next layer and ends behind it.
    let skips = (pair.next..nodes.len()).find(|end| network.skip(*end).is_some_and(|from| pair.layer < from && from <= pair.next));
    inside.or(skips)
}

/// The matrix of an operation whose units read all units before it, and are read behind it. A depthwise convolution's filters are not: each belongs to the
/// channel that it reads, and goes with it. Nor are those of an exit's head, which are answers.
fn mixing(op: &Op) -> Option<(usize, usize)> {
    if matches!(op, Op::Depthwise(_)) { None } else { trunk(op) }
}

fn locate(pairs: &[Pair], mut at: usize) -> (&Pair, usize) {
    for pair in pairs {
        if at < pair.units {
            return (pair, at);
        }
        at -= pair.units;
    }
    unreachable!("unit {at} is beyond the last layer")
}

/// Masks everything that enters and leaves a unit. Channels are the innermost dimension everywhere, through pooling and flattening
/// too, so the rows of the next matrix that read unit `u` are those whose index leaves `u` when divided by the number of units.
fn hide(network: &Network, pair: &Pair, unit: usize, mask: &mut Mask) {
    // Its own weights and bias, and those of the depthwise filters that read it alone.
    let heads = |node: &&Node| matches!(node.layer.op(), Op::Exit { .. });
    let between = &network.nodes()[pair.layer..pair.next];
    for node in between.iter().filter(|node| !heads(node)) {
        for at in node.span.clone().skip(unit).step_by(pair.units) {
            mask.set(at, false);
        }
    }
    for reader in between.iter().filter(heads).chain([&network.nodes()[pair.next]]) {
        let Some((inputs, columns)) = matrix(&reader.layer.op()) else { continue };
        for row in (unit..inputs).step_by(pair.units) {
            let start = reader.span.start + row * columns;
            (start..start + columns).for_each(|at| mask.set(at, false));
        }
    }
}
