//! Quantization-aware training: the forward pass computes with weights, and with inputs of layers, rounded to the grid on which
//! they will be stored; the optimizer moves the floats behind them (Jacob et al. 2018, Quantization and training of neural networks
//! for efficient integer-arithmetic-only inference).
//!
//! Weights are rounded once a step. Ranges of activations hold still during a step as well, and move at its end: then it makes no
//! difference in which pieces, or on which backend, its mini-batch is computed. A layer whose range is not known yet, in the very
//! first step, gets its input as it is.
//!
//! Step sizes of weights are found anew at each step, or learnt by gradient, with the run's own optimizer, schedule and learning rate (Esser et al. 2020,
//! Learned step size quantization). Their gradients are divided by the root of weights times largest code, as the paper does, so that they move about as
//! fast as weights; those that would fall to zero stay a hair above it.

use serde::{Deserialize, Serialize};

use crate::engine::{
    layers::Op,
    network::{Network, Tape},
    optimizers::{Optimizer, State},
    packed::matrix,
    quantization::{
        Granularity, Scheme, ValueRange,
        fake::{Input, WeightGrid},
        max_code,
        ranges::Range,
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

    /// Whether step sizes of weights are learnt.
    #[must_use]
    pub fn learns(&self) -> bool {
        self.weights.range == Range::Learned
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
        self.activations() && short && !op.computes_floats()
    }
}

/// Which grids, from which epoch on, and how a step rounds to them: by pointers that [`FakeQuantize::want`] alone sets, so that who never calls it does
/// not link the arithmetic.
#[derive(Clone, Copy)]
struct Wanted {
    rounding: Rounding,
    from: f64,
    round: fn(&mut FakeQuantize, Rounding, &Network, &[f32], &mut Tape),
    /// What comes to step sizes of the gradient by rounded weights, and a step of theirs.
    slope: fn(&mut FakeQuantize, &[f32]),
    learn: fn(&mut FakeQuantize, &dyn Optimizer, f32),
}

/// Step sizes that are learnt, and what learning them takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepSizes {
    /// Those of each layer with weights, one or one per unit, layer after layer; empty where none is learnt. A size of 0 is still to be found.
    pub sizes: Vec<f32>,
    /// What the optimizer remembers of them.
    pub memory: State,
}

/// A layer's weights, and their step sizes.
struct Stretch {
    /// The first weight among the parameters.
    start: usize,
    inputs: usize,
    units: usize,
    /// The first step size, and how many there are.
    steps: (usize, usize),
}

/// Least that a step size is.
const LEAST: f32 = 1e-8;

/// What fake quantization keeps between steps, and in one.
#[derive(Default)]
pub struct FakeQuantize {
    wanted: Option<Wanted>,
    /// Bits of single layers with weights, in order, 32 for floats; those beyond it have the grid's.
    pub widths: Vec<u32>,
    /// ValueRange of what comes into each layer of the network, as learnt so far; empty while nothing is rounded.
    pub ranges: Vec<ValueRange>,
    /// The step under way computes with rounded numbers.
    acts: bool,
    /// The network's parameters with weights rounded.
    params: Vec<f32>,
    /// 1 where a parameter's gradient passes, 0 where it was clipped.
    passes: Vec<f32>,
    grid: WeightGrid,
    /// Step sizes that are learnt.
    pub steps: StepSizes,
    /// By how much a rounded weight changes with its step size, the gradient by step sizes, and which weights are whose.
    slopes: Vec<f32>,
    gradient: Vec<f32>,
    stretches: Vec<Stretch>,
}

impl FakeQuantize {
    /// Rounds to these grids from this epoch on; `None` computes with floats.
    pub fn want(&mut self, wanted: Option<(Rounding, f64)>) {
        let weights = |rounding: Option<Rounding>| rounding.map(|rounding| rounding.weights);
        if weights(self.wanted.map(|wanted| wanted.rounding)) != weights(wanted.map(|wanted| wanted.0)) {
            // They were learnt for another grid.
            self.steps = StepSizes::default();
        }
        self.wanted = wanted.map(|(rounding, from)| Wanted { rounding, from, round: Self::round, slope: Self::slope, learn: Self::learn });
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
        let learns = rounding.learns();
        self.slopes.resize(if learns { params.len() } else { 0 }, 0.0);
        let weighted = network.nodes().iter().filter(|node| learns && !node.span.is_empty());
        let count = weighted.filter_map(|node| matrix(&node.layer.op())).map(|(_, units)| rounding.weights.learned(units)).sum();
        if self.steps.sizes.len() != count {
            self.steps = StepSizes { sizes: vec![0.0; count], memory: State::default() };
        }
        self.stretches.clear();
        tape.inputs.resize_with(network.nodes().len(), || None);
        let mut layer = 0;
        for ((node, range), input) in network.nodes().iter().zip(&self.ranges).zip(&mut tape.inputs) {
            if node.span.is_empty() {
                continue;
            }
            let op = node.layer.op();
            let Some((inputs, units)) = matrix(&op) else { continue };
            let span = node.span.start..node.span.start + inputs * units;
            let (rounded, passes) = (&mut self.params[span.clone()], &mut self.passes[span.clone()]);
            let own = self.widths.get(layer).copied().unwrap_or(rounding.weights.bits);
            layer += 1;
            if own == 32 {
                passes.fill(1.0);
                *input = None;
                continue;
            }
            if learns {
                let first = self.stretches.last().map_or(0, |before: &Stretch| before.steps.0 + before.steps.1);
                let steps = (first, rounding.weights.learned(units));
                self.stretches.push(Stretch { start: span.start, inputs, units, steps });
                let (steps, slopes) = (&mut self.steps.sizes[first..first + steps.1], &mut self.slopes[span.clone()]);
                self.grid.round_learned(&params[span], (inputs, units), &rounding.weights, steps, [rounded, passes, slopes]);
            } else {
                let scheme = Scheme { bits: own, ..rounding.weights };
                self.grid.round(&params[span], (inputs, units), &scheme, rounded, passes);
            }
            if rounding.rounds_input(&op) {
                let input = input.get_or_insert_default();
                (input.scale, input.seen) = (range.scale(rounding.activation_bits), ValueRange::NOTHING);
            } else {
                *input = None;
            }
        }
    }

    /// The gradient by step sizes.
    fn slope(&mut self, grad: &[f32]) {
        let Some(rounding) = self.wanted.map(|wanted| wanted.rounding).filter(Rounding::learns) else { return };
        self.gradient.resize(self.steps.sizes.len(), 0.0);
        self.gradient.fill(0.0);
        let most = f64::from(max_code(rounding.weights.bits));
        for Stretch { start, inputs, units, steps: (first, count) } in &self.stretches {
            let weights = *start..start + inputs * units;
            let gradient = &mut self.gradient[*first..first + count];
            let share = (1.0 / (most * (inputs * units / count.max(&1)) as f64).sqrt()) as f32;
            let rows = grad[weights.clone()].chunks_exact((*units).max(1)).zip(self.slopes[weights].chunks_exact((*units).max(1)));
            for (grad, slopes) in rows {
                for (n, (g, slope)) in grad.iter().zip(slopes).enumerate() {
                    gradient[if *count == 1 { 0 } else { n }] += g * slope;
                }
            }
            gradient.iter_mut().for_each(|g| *g *= share);
        }
    }

    /// A step of step sizes.
    fn learn(&mut self, rule: &dyn Optimizer, lr: f32) {
        let StepSizes { sizes, memory } = &mut self.steps;
        if sizes.is_empty() {
            return;
        }
        if memory.memory.len() != rule.slots() || memory.memory.iter().any(|slot| slot.len() != sizes.len()) {
            *memory = State::new(rule, sizes.len());
        }
        memory.step += 1;
        rule.update(memory.step, lr, sizes, &self.gradient, &mut memory.memory);
        // What is still to be found is 0, and has no gradient.
        sizes.iter_mut().filter(|size| **size != 0.0).for_each(|size| *size = if *size > LEAST { *size } else { LEAST });
    }

    /// Ends the update of a step by `rule`.
    pub fn update(&mut self, rule: &dyn Optimizer, lr: f32) {
        if let Some(wanted) = self.wanted.filter(|_| self.acts) {
            (wanted.learn)(self, rule, lr);
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
        if let Some(wanted) = self.wanted {
            (wanted.slope)(self, grad);
        }
        grad.iter_mut().zip(&self.passes).for_each(|(g, passes)| *g *= passes);
        for (range, input) in self.ranges.iter_mut().zip(&tape.inputs) {
            range.follow(input.as_ref().map_or(ValueRange::NOTHING, |input: &Input| input.seen));
        }
    }
}
