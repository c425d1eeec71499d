//! How every layer is: what comes out of it and what gradient arrives at it, on some training samples; and what would come out at the first weights of each initializer.

use super::{Bench, Work, spread::Spreading};
use crate::{
    engine::{
        error::SpecError,
        layers::Op,
        losses::Loss,
        network::{Network, Tape},
        rng::Rng,
    },
    protocol::{Checkup, LabNews, LayerHealth},
    session::{build, clock::Clock, view},
};

/// Training samples that are looked at, at most.
const SAMPLES: usize = 256;
/// Stream of the seed from which dropout draws here.
const STREAM: u64 = 41 << 32;
/// Outputs this share of their range from an end count as close to it.
const CLOSE: f32 = 0.03;

/// Under way.
pub(super) struct Look {
    loss: Box<dyn Loss>,
    params: Vec<f32>,
    gradient: Vec<f32>,
    rng: Rng,
    tape: Tape,
    at: usize,
    all: usize,
    /// The summed loss so far.
    sum: f32,
    /// For each layer: units that have given anything but zero, values close to an end, values.
    seen: Vec<(Vec<bool>, usize, usize)>,
    checkup: Checkup,
    spreading: Spreading,
}

impl Look {
    /// At the weights at hand. Errors: a loss that does not exist.
    pub fn new(bench: &Bench<'_>) -> Result<Self, SpecError> {
        let network = &bench.trainer.network;
        let units = |i: usize| network.nodes()[i].layer.output().0.last().map_or(1, |n| *n);
        let all = SAMPLES.min(bench.data.train.len);
        Ok(Self {
            loss: build::loss(bench.experiment, bench.data)?,
            params: bench.trainer.weights().to_vec(),
            gradient: vec![0.0; network.params()],
            rng: Rng::new(bench.experiment.seed, STREAM),
            tape: Tape::default(),
            at: 0,
            all,
            sum: 0.0,
            seen: (0..network.nodes().len()).map(|i| (vec![false; units(i)], 0, 0)).collect(),
            checkup: Checkup { step: bench.trainer.step_count(), samples: all, ..Checkup::default() },
            spreading: Spreading::new(bench, STREAM),
        })
    }

    /// Notes what came out of every activation for the last `batch` samples.
    fn note(&mut self, network: &Network, batch: usize) {
        for (i, node) in network.nodes().iter().enumerate() {
            let Some(key) = activation(network, i) else { continue };
            let values = &self.tape.output(i)[..batch * node.layer.output().len()];
            let (alive, close, count) = &mut self.seen[i];
            let units = alive.len();
            for row in values.chunks_exact(units) {
                alive.iter_mut().zip(row).for_each(|(a, v)| *a |= *v != 0.0);
            }
            *count += values.len();
            if let Some((low, high)) = ends(key) {
                let near = CLOSE * (high - low);
                *close += values.iter().filter(|v| **v < low + near || **v > high - near).count();
            }
        }
    }

    fn conclude(&mut self, network: &Network) {
        let rms =
            |values: &[f32]| libm::sqrt(values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>() / values.len().max(1) as f64);
        for (i, node) in network.nodes().iter().enumerate() {
            let (alive, close, count) = &self.seen[i];
            let key = node.pick.key.clone();
            let health = match (activation(network, i), network.weights().find(|(layer, ..)| *layer == i)) {
                (Some(kind), _) => LayerHealth {
                    units: alive.len(),
                    dead: alive.iter().filter(|a| !**a).count(),
                    saturated: ends(kind).map(|_| *close as f32 / (*count).max(1) as f32),
                    ..LayerHealth::default()
                },
                (None, Some((.., span))) => {
                    // All tensors of weights that the layer has.
                    let spans = network.weights().filter(|(layer, ..)| *layer == i).map(|(.., span)| span);
                    let whole = spans.fold(span, |a, b| a.start.min(b.start)..a.end.max(b.end));
                    LayerHealth {
                        gradient: Some(rms(&self.gradient[whole.clone()]) as f32),
                        weights: Some(rms(&self.params[whole]) as f32),
                        ..LayerHealth::default()
                    }
                }
                (None, None) => continue,
            };
            self.checkup.layers.push(LayerHealth { layer: i, key, ..health });
        }
    }
}

impl Work for Look {
    fn advance(&mut self, bench: &Bench<'_>, _: &dyn Clock) -> Result<bool, SpecError> {
        let (network, data) = (&bench.trainer.network, bench.data);
        // Batch statistics are of all samples at once, as in training.
        let piece = if network.whole_batch() { self.all } else { network.piece() };
        if self.at == self.all {
            let spreads = self.spreading.advance(bench, self.all, piece)?;
            let done = spreads.is_some();
            self.checkup.spreads = spreads.unwrap_or_default();
            return Ok(done);
        }
        let (from, to) = (self.at, (self.at + piece).min(self.all));
        let (x, target) = view::slice(&data.train, data.shape.len(), from, to);
        let (batch, outputs) = (to - from, network.output().len());
        let output = network.forward(&self.params, x, batch, true, &mut self.rng, &mut self.tape);
        let mut out = vec![0.0; output.len()];
        self.sum = self.loss.add(output, target, outputs, self.all, self.sum, &mut out);
        self.note(network, batch);
        network.add_backward(&self.params, x, batch, &out, &mut self.gradient, &mut self.tape);
        self.at = to;
        if to == self.all {
            self.conclude(network);
        }
        Ok(false)
    }

    fn news(&self) -> LabNews {
        LabNews::Checkup(self.checkup.clone())
    }
}

/// The key of layer `i` where it is an activation.
fn activation(network: &Network, i: usize) -> Option<&str> {
    let node = &network.nodes()[i];
    matches!(node.layer.op(), Op::Activation(_)).then_some(&node.pick.key[..])
}

/// Both ends of what an activation can give, where it has two.
fn ends(key: &str) -> Option<(f32, f32)> {
    match key {
        "sigmoid" => Some((0.0, 1.0)),
        "tanh" => Some((-1.0, 1.0)),
        _ => None,
    }
}
