//! Anything goes: the baseline that a criterion has to beat.

use super::{Build, ByWeight, Criterion, Entry, Evidence, Suits};
use crate::engine::{
    error::SpecError,
    params::{ParamSpec, Scale},
    rng::Rng,
};

pub(super) const ENTRY: Entry<Build> = Entry {
    key: "random",
    label: "Random",
    help: teach!("Removes blindly. Shows what the other criteria are worth: the accuracy they keep beyond this one."),
    formula: "",
    source: "",
    params: &[DRAW],
    build: Build {
        suits: Suits::All,
        looks: false,
        make: |values| Criterion::Weights(Box::new(Random { draw: values.get(&DRAW) as u64 })),
    },
};

const DRAW: ParamSpec = ParamSpec {
    key: "draw",
    label: "Draw",
    range: (1.0, 1000.0),
    scale: Scale::Integer,
    default: 1.0,
    help: teach!("Seed of the draw: another number removes others. A higher sparsity removes what a lower one did, and more."),
    ..ParamSpec::NEW
};

/// Keeps this draw apart from the other uses of a seed.
const STREAM: u64 = 0x0070_7275_6e65;

struct Random {
    draw: u64,
}

impl ByWeight for Random {
    /// A weight's place in a shuffled order; below 2²⁴, as a network has fewer weights, each is exact.
    fn scores(&self, evidence: &Evidence<'_>) -> Result<Vec<f32>, SpecError> {
        let mut order: Vec<usize> = evidence.network.weights().flat_map(|(_, _, span)| span).collect();
        Rng::new(self.draw, STREAM).shuffle(&mut order);
        let mut scores = vec![0.0; evidence.params.len()];
        order.into_iter().enumerate().for_each(|(place, at)| scores[at] = (place + 1) as f32);
        Ok(scores)
    }

    /// That of the first: a sum would let small blocks go first.
    fn together(&self, members: &mut dyn Iterator<Item = f32>) -> f32 {
        members.next().unwrap_or(0.0)
    }
}
