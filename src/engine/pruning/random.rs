//! Any weights go: the baseline that a criterion has to beat.

use super::{Mask, Pruned, Pruner, count};
use crate::engine::{
    catalog::Entry,
    network::Network,
    params::{ParamSpec, Scale},
    rng::Rng,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "random",
    label: "Random weights",
    help: teach!("Removes weights blindly. Shows what the other criteria are worth: the accuracy they keep beyond this one."),
    formula: "",
    source: "",
    params: &[DRAW],
    build: |values| Box::new(Random { draw: values.get(&DRAW) as u64 }),
};

const DRAW: ParamSpec = ParamSpec {
    key: "draw",
    label: "Draw",
    range: (1.0, 1000.0),
    scale: Scale::Integer,
    default: 1.0,
    help: teach!("Seed of the draw: another number removes other weights. A higher sparsity removes what a lower one did, and more."),
    ..ParamSpec::NEW
};

/// Keeps this draw apart from the other uses of a seed.
const STREAM: u64 = 0x0070_7275_6e65;

struct Random {
    draw: u64,
}

impl Pruner for Random {
    fn prune(&self, network: &Network, params: &[f32], sparsity: f64) -> Pruned {
        let mut mask = Mask::all(params.len());
        let mut order: Vec<usize> = network.weights().flat_map(|(_, _, span)| span).collect();
        Rng::new(self.draw, STREAM).shuffle(&mut order);
        for at in &order[..count(order.len(), sparsity)] {
            mask.set(*at, false);
        }
        Pruned::weights(network, mask)
    }
}
