//! Whole units go: neurons of dense layers, filters of convolutions.

use super::{Mask, Pruned, Pruner, count, smallest};
use crate::engine::{
    catalog::Entry,
    layers::Op,
    network::Network,
    packed::matrix,
    params::{ParamSpec, Scale, Word},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "units",
    label: "Whole neurons and filters",
    help: teach!(
        "Removes whole units with the smallest weights, so that layers become narrower and every kernel simply does less work. Costs more accuracy per weight than single weights do, and saves time for certain."
    ),
    formula: teach!(r"s_u = \frac{\lVert w_u \rVert_2}{\frac{1}{N} \sum_v \lVert w_v \rVert_2}"),
    source: teach!("Li et al. 2017, Pruning filters for efficient ConvNets"),
    params: &[RANK],
    build: |values| Box::new(Units { both: values.get(&RANK) != 0.0 }),
};

const RANK: ParamSpec = ParamSpec {
    key: "rank",
    label: "Ranked by",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "in", label: "Incoming weights" }, Word { key: "in-out", label: "Incoming × outgoing" }]),
    default: 0.0,
    help: teach!(
        "What makes a unit important: the weights that reach it, or those times the weights that leave it. The second sees that a loud unit to which nobody listens can go."
    ),
    ..ParamSpec::NEW
};

struct Units {
    both: bool,
}

/// A layer with units that may go, and the layer with weights that reads them.
struct Pair {
    layer: usize,
    next: usize,
    units: usize,
}

impl Pruner for Units {
    fn prune(&self, network: &Network, params: &[f32], sparsity: f64) -> Pruned {
        let pairs = pairs(network);
        let scores: Vec<Vec<f32>> = pairs.iter().map(|pair| self.scores(network, params, pair)).collect();
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
        let mut mask = Mask::all(params.len());
        for pair in &pairs {
            crate::order::sort(&mut removed[pair.layer], &|a, b| a.cmp(&b));
            for unit in &removed[pair.layer] {
                hide(network, pair, *unit, &mut mask);
            }
        }
        Pruned { mask, removed }
    }
}

impl Units {
    /// Importance of each unit of a layer, relative to the mean of the layer.
    fn scores(&self, network: &Network, params: &[f32], pair: &Pair) -> Vec<f32> {
        let mut scores = vec![0.0; pair.units];
        for (i, w) in weight(network, params, pair.layer).iter().enumerate() {
            scores[i % pair.units] += w * w;
        }
        if self.both {
            let mut leaving = vec![0.0; pair.units];
            let columns = matrix(&network.nodes()[pair.next].layer.op()).map_or(1, |(_, n)| n);
            for (k, row) in weight(network, params, pair.next).chunks_exact(columns).enumerate() {
                leaving[k % pair.units] += row.iter().map(|w| w * w).sum::<f32>();
            }
            scores.iter_mut().zip(leaving).for_each(|(s, l)| *s *= l);
        }
        scores.iter_mut().for_each(|s| *s = s.sqrt());
        let mean = scores.iter().sum::<f32>() / pair.units as f32;
        if mean > 0.0 {
            scores.iter_mut().for_each(|s| *s /= mean);
        }
        scores
    }
}

/// Number of units that may go: those of every layer with weights but the last (its units are the answer).
#[must_use]
pub fn removable(network: &Network) -> usize {
    pairs(network).iter().map(|p| p.units).sum()
}

fn pairs(network: &Network) -> Vec<Pair> {
    let with: Vec<(usize, usize)> =
        network.nodes().iter().enumerate().filter_map(|(i, n)| mixing(&n.layer.op()).map(|(_, units)| (i, units))).collect();
    with.windows(2).map(|w| Pair { layer: w[0].0, next: w[1].0, units: w[0].1 }).collect()
}

/// The matrix of an operation whose units read all units before it. A depthwise convolution's filters are not: each belongs to the channel
/// that it reads, and goes with it.
fn mixing(op: &Op) -> Option<(usize, usize)> {
    if matches!(op, Op::Depthwise(_)) { None } else { matrix(op) }
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

fn weight<'p>(network: &Network, params: &'p [f32], layer: usize) -> &'p [f32] {
    let node = &network.nodes()[layer];
    let len = matrix(&node.layer.op()).map_or(0, |(k, n)| k * n);
    &params[node.span.start..node.span.start + len]
}

/// Masks everything that enters and leaves a unit. Channels are the innermost dimension everywhere, through pooling and flattening
/// too, so the rows of the next matrix that read unit `u` are those whose index leaves `u` when divided by the number of units.
fn hide(network: &Network, pair: &Pair, unit: usize, mask: &mut Mask) {
    // Its own weights and bias, and those of the depthwise filters that read it alone.
    for node in &network.nodes()[pair.layer..pair.next] {
        for at in node.span.clone().skip(unit).step_by(pair.units) {
            mask.set(at, false);
        }
    }
    let next = &network.nodes()[pair.next];
    if let Some((inputs, columns)) = matrix(&next.layer.op()) {
        for row in (unit..inputs).step_by(pair.units) {
            let start = next.span.start + row * columns;
            (start..start + columns).for_each(|at| mask.set(at, false));
        }
    }
}
