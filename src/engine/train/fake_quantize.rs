//! Quantization-aware training: the forward pass computes with weights, and with inputs of layers, rounded to the grid on which
//! they will be stored; the optimizer moves the floats behind them (Jacob et al. 2018, Quantization and training of neural networks
//! for efficient integer-arithmetic-only inference).
//!
//! Weights are rounded once a step. Ranges of activations hold still during a step as well, and move at its end: then it makes no
//! difference in which pieces, or on which backend, its mini-batch is computed. A layer whose range is not known yet, in the very
//! first step, gets its input as it is.

use serde::{Deserialize, Serialize};

use crate::engine::{
    layers::Op,
    network::{Network, Tape},
    packed::matrix,
    quantization::{
        Granularity, Scheme, ValueRange,
        fake::{Input, WeightGrid},
    },
};
use crate::kernels::matmul_i8;

/// The grids that training rounds to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rounding {
    /// That of weights.
    pub weights: Scheme,
    /// Bits to which what comes into layers is rounded, 2 to 8; 32 where it is not.
    pub activation_bits: u32,
}

impl Rounding {
    /// Symmetric weights of `bits` bits with a step size per unit or per layer, and activations of 8 bits or floats.
    #[must_use]
    pub const fn plain(bits: u32, per_channel: bool, activations: bool) -> Self {
        let weights = Scheme::symmetric(bits, Granularity::channel(per_channel));
        Self { weights, activation_bits: if activations { 8 } else { 32 } }
    }

    /// Whether activations are rounded.
    #[must_use]
    pub const fn activations(&self) -> bool {
        self.activation_bits < 32
    }

    /// Whether it rounds what comes into a layer that computes `op`: one whose products are integer arithmetic once packed.
    #[must_use]
    pub fn rounds_input(&self, op: &Op) -> bool {
        let short = matrix(op).is_some_and(|(inputs, _)| inputs <= matmul_i8::MAX_INPUTS);
        self.activations() && short && !matches!(op, Op::Depthwise(_) | Op::Recurrent(_))
    }
}

/// Which grids, from which epoch on, and how a step rounds to them: by a pointer that [`FakeQuantize::want`] alone sets, so that who never calls it does
/// not link the arithmetic.
#[derive(Clone, Copy)]
struct Wanted {
    rounding: Rounding,
    from: f64,
    round: fn(&mut FakeQuantize, Rounding, &Network, &[f32], &mut Tape),
}

/// What fake quantization keeps between steps, and in one.
#[derive(Default)]
pub struct FakeQuantize {
    wanted: Option<Wanted>,
    /// ValueRange of what comes into each layer of the network, as learnt so far; empty while nothing is rounded.
    pub ranges: Vec<ValueRange>,
    /// The step under way computes with rounded numbers.
    acts: bool,
    /// The network's parameters with weights rounded.
    params: Vec<f32>,
    /// 1 where a parameter's gradient passes, 0 where it was clipped.
    passes: Vec<f32>,
    grid: WeightGrid,
}

impl FakeQuantize {
    /// Rounds to these grids from this epoch on; `None` computes with floats.
    pub fn want(&mut self, wanted: Option<(Rounding, f64)>) {
        self.wanted = wanted.map(|(rounding, from)| Wanted { rounding, from, round: Self::round });
        if wanted.is_none() {
            self.ranges.clear();
        }
    }

    /// The grids of a step that begins at `epoch`; `None` where it computes with floats.
    #[must_use]
    pub fn at(&self, epoch: f64) -> Option<Rounding> {
        self.wanted.filter(|wanted| epoch >= wanted.from).map(|wanted| wanted.rounding)
    }

    /// Fits the ranges to a step that begins at `epoch` on `layers` layers: what it is to round, if anything.
    pub fn fit(&mut self, layers: usize, epoch: f64) -> Option<Rounding> {
        let rounding = self.at(epoch);
        self.ranges.resize(if rounding.is_some() { layers } else { 0 }, ValueRange::NOTHING);
        rounding
    }

    /// Begins a step at `epoch`: rounds the weights of `params`, and tells `tape` how to round what comes into layers.
    pub fn begin(&mut self, network: &Network, params: &[f32], epoch: f64, tape: &mut Tape) {
        let rounding = self.fit(network.nodes().len(), epoch);
        self.acts = rounding.is_some();
        match (rounding, self.wanted) {
            (Some(rounding), Some(wanted)) => (wanted.round)(self, rounding, network, params, tape),
            _ => tape.inputs.clear(),
        }
    }

    fn round(&mut self, rounding: Rounding, network: &Network, params: &[f32], tape: &mut Tape) {
        self.params.resize(params.len(), 0.0);
        self.params.copy_from_slice(params);
        self.passes.resize(params.len(), 1.0);
        tape.inputs.resize_with(network.nodes().len(), || None);
        for ((node, range), input) in network.nodes().iter().zip(&self.ranges).zip(&mut tape.inputs) {
            if node.span.is_empty() {
                continue;
            }
            let op = node.layer.op();
            let Some((inputs, units)) = matrix(&op) else { continue };
            let span = node.span.start..node.span.start + inputs * units;
            let (rounded, passes) = (&mut self.params[span.clone()], &mut self.passes[span.clone()]);
            self.grid.round(&params[span], (inputs, units), &rounding.weights, rounded, passes);
            if rounding.rounds_input(&op) {
                let input = input.get_or_insert_default();
                (input.scale, input.seen) = (range.scale(rounding.activation_bits), ValueRange::NOTHING);
            } else {
                *input = None;
            }
        }
    }

    /// The parameters that the step under way computes with, in the place of `params`.
    #[must_use]
    pub fn seen<'a>(&'a self, params: &'a [f32]) -> &'a [f32] {
        if self.acts { &self.params } else { params }
    }

    /// Ends a step: no gradient passes to weights that were clipped, and the ranges follow what came in.
    pub fn end(&mut self, grad: &mut [f32], tape: &Tape) {
        if !self.acts {
            return;
        }
        grad.iter_mut().zip(&self.passes).for_each(|(g, passes)| *g *= passes);
        for (range, input) in self.ranges.iter_mut().zip(&tape.inputs) {
            range.follow(input.as_ref().map_or(ValueRange::NOTHING, |input: &Input| input.seen));
        }
    }
}
