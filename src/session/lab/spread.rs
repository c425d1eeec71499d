//! How widely the outputs of layers spread at the first weights, by each initializer.

use super::Bench;
use crate::{
    engine::{
        catalog::Pick,
        error::SpecError,
        initializers,
        network::{Network, Tape},
        rng::Rng,
    },
    protocol::Spread,
    session::{build, view},
};

/// Under way.
pub(super) struct Spreading {
    /// Initializers that are still to be tried, the next one last.
    left: Vec<Pick>,
    /// The first weights by the one that is being tried; empty before they are drawn.
    params: Vec<f32>,
    rng: Rng,
    tape: Tape,
    at: usize,
    /// For each layer: how many outputs, their sum, and that of their squares.
    sums: Vec<(f64, f64, f64)>,
    found: Vec<Spread>,
    /// What layers draw from in this.
    stream: u64,
}

impl Spreading {
    /// The initializer of `experiment` and all others of the catalogue. Dropout draws the same from `stream` of the seed for each.
    pub fn new(bench: &Bench<'_>, stream: u64) -> Self {
        let chosen = bench.experiment.init.clone();
        let others = initializers::CATALOG.entries.iter().map(|entry| Pick::new(entry.key)).filter(|pick| *pick != chosen);
        let mut left: Vec<Pick> = std::iter::once(chosen.clone()).chain(others).collect();
        left.reverse();
        Self {
            left,
            params: Vec::new(),
            rng: Rng::new(bench.experiment.seed, stream),
            tape: Tape::default(),
            at: 0,
            sums: Vec::new(),
            found: Vec::new(),
            stream,
        }
    }

    /// Takes a piece of the first `all` training samples through the network. All that was found once every initializer is through. Errors: an initializer that does not
    /// exist.
    pub fn advance(&mut self, bench: &Bench<'_>, all: usize, piece: usize) -> Result<Option<Vec<Spread>>, SpecError> {
        let Some(pick) = self.left.last() else { return Ok(Some(std::mem::take(&mut self.found))) };
        let network = &bench.trainer.network;
        if self.params.is_empty() {
            self.params = build::first_params(network, &initializers::CATALOG, pick, bench.experiment.seed)?;
            self.rng = Rng::new(bench.experiment.seed, self.stream);
            self.sums = vec![(0.0, 0.0, 0.0); network.nodes().len()];
            self.at = 0;
        }
        let (from, to) = (self.at, (self.at + piece).min(all));
        let (x, _) = view::slice(&bench.data.train, bench.data.shape.len(), from, to);
        network.forward(&self.params, x, to - from, true, &mut self.rng, &mut self.tape);
        self.note(network, to - from);
        self.at = to;
        if to == all {
            self.found.extend(self.left.pop().map(|init| Spread { init, layers: self.sums.iter().map(deviation).collect() }));
            self.params.clear();
        }
        Ok(None)
    }

    fn note(&mut self, network: &Network, batch: usize) {
        for (i, (node, (count, sum, squares))) in network.nodes().iter().zip(&mut self.sums).enumerate() {
            let values = &self.tape.output(i)[..batch * node.layer.output().len()];
            *count += values.len() as f64;
            for v in values {
                let v = f64::from(*v);
                *sum += v;
                *squares += v * v;
            }
        }
    }
}

/// The standard deviation of so many numbers; infinite where they have left the range of numbers.
fn deviation((count, sum, squares): &(f64, f64, f64)) -> f32 {
    let mean = sum / count.max(1.0);
    let variance = squares / count.max(1.0) - mean * mean;
    if variance.is_finite() { libm::sqrt(variance.max(0.0)) as f32 } else { f32::INFINITY }
}
