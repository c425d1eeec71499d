//! What a criterion looks at: the weights, what flows through the network for a few training samples, the gradients that they give, and what
//! training has noted. Each is found out when it is first asked for, and once.

use std::{cell::OnceCell, ops::Range};

use crate::{
    engine::{
        compress::Calibration,
        error::SpecError,
        layers::{Attention, Conv2dShape, Op, Recurrent, embedding},
        losses::Target,
        network::{Network, Tape},
        packed::{matrix, seen_by_head},
        rng::Rng,
    },
    kernels::{Scratch, attention, recurrent},
};

/// See the module.
pub struct Evidence<'a> {
    /// The network.
    pub network: &'a Network,
    /// Its flat parameters.
    pub params: &'a [f32],
    calibration: Calibration<'a>,
    flow: OnceCell<Flow>,
    gradient: OnceCell<Vec<f32>>,
}

/// What flows through the network.
struct Flow {
    /// Of each layer with a matrix, the 2-norm over all samples and positions of what each input is: one for each row of `[K, N]`; of depthwise
    /// convolutions, whose filters see one channel each, one for each weight.
    norms: Vec<Vec<f32>>,
    /// Of each layer, the share of samples and positions at which each unit's output is zero.
    zeros: Vec<Vec<f32>>,
}

impl<'a> Evidence<'a> {
    /// All that there is.
    #[must_use]
    pub fn new(network: &'a Network, params: &'a [f32], calibration: &Calibration<'a>) -> Self {
        Self { network, params, calibration: *calibration, flow: OnceCell::new(), gradient: OnceCell::new() }
    }

    /// The weights and nothing else.
    #[must_use]
    pub fn of_weights(network: &'a Network, params: &'a [f32]) -> Self {
        Self::new(network, params, &Calibration::default())
    }

    /// Layers with a weight matrix `[K, N]`, and its sizes.
    pub fn matrices(&self) -> impl Iterator<Item = (usize, (usize, usize))> {
        self.network.nodes().iter().enumerate().filter_map(|(i, n)| matrix(&n.layer.op()).map(|size| (i, size)))
    }

    /// Where the weights of `layer` lie in the flat parameters; biases lie behind them.
    #[must_use]
    pub fn span(&self, layer: usize) -> Range<usize> {
        let node = &self.network.nodes()[layer];
        let len = matrix(&node.layer.op()).map_or(0, |(inputs, units)| inputs * units);
        node.span.start..node.span.start + len
    }

    /// Whether parameter `at` is held at zero already.
    #[must_use]
    pub fn is_gone(&self, at: usize) -> bool {
        self.calibration.held.get(at) == Some(&0.0)
    }

    /// 2-norm of the input that the weight at place `index` of `layer`'s matrix is multiplied with, over all calibration samples. Errors: no
    /// samples.
    pub fn input_norm(&self, layer: usize) -> Result<impl Fn(usize) -> f32 + use<'_>, SpecError> {
        let norms = &self.flow()?.norms[layer];
        let op = self.network.nodes()[layer].layer.op();
        let step = if matches!(op, Op::Depthwise(_)) { 1 } else { matrix(&op).map_or(1, |(_, units)| units).max(1) };
        Ok(move |index: usize| norms[index / step])
    }

    /// Share of samples and positions at which each unit of node `layer` gives exactly zero, 0 to 1. Errors: no samples.
    pub fn zeros(&self, layer: usize) -> Result<&[f32], SpecError> {
        Ok(&self.flow()?.zeros[layer])
    }

    /// Gradient of the mean loss over the calibration samples by each parameter, without dropout. Errors: no samples, or no labels.
    pub fn gradient(&self) -> Result<&[f32], SpecError> {
        let Some(labels) = self.calibration.labels.filter(|_| self.samples() > 0) else {
            return Err(refused("it follows gradients, and there are no training samples with labels here"));
        };
        Ok(self.gradient.get_or_init(|| {
            let (network, outputs, batch) = (self.network, self.network.output().len(), self.samples());
            let (mut tape, mut rng) = (Tape::default(), Rng::new(0, 0));
            let (mut all, mut by_output, mut sum) = (vec![0.0; self.params.len()], Vec::new(), 0.0);
            for (at, x, count) in self.pieces() {
                let target = match labels.target {
                    Target::Classes(classes) => Target::Classes(&classes[at..at + count]),
                    Target::Values(values) => Target::Values(&values[at * outputs..(at + count) * outputs]),
                };
                let output = network.forward(self.params, x, count, false, &mut rng, &mut tape);
                by_output.resize(output.len(), 0.0);
                sum = labels.loss.add(output, target, outputs, batch, sum, &mut by_output);
                network.judge(count, &mut tape, |output, grad| {
                    labels.loss.add(output, target, outputs, batch, 0.0, grad);
                });
                network.add_backward(self.params, x, count, &by_output, &mut all, &mut tape);
            }
            all
        }))
    }

    /// Σ −w·∂L/∂w over the training steps so far, for each parameter. Errors: none was noted.
    pub fn movement(&self) -> Result<&'a [f32], SpecError> {
        let movement = self.calibration.movement;
        if movement.len() != self.params.len() || movement.iter().all(|m| *m == 0.0) {
            return Err(refused(
                "it follows how weights moved while they trained on the CPU, and no step was noted yet: train on, or choose another",
            ));
        }
        Ok(movement)
    }

    fn samples(&self) -> usize {
        self.calibration.inputs.len() / self.network.input().len().max(1)
    }

    /// First sample, samples `x[B, I]` and how many, as many at once as the network takes in training.
    fn pieces(&self) -> impl Iterator<Item = (usize, &'a [f32], usize)> + use<'a> {
        let (width, piece) = (self.network.input().len().max(1), self.network.piece());
        let inputs = &self.calibration.inputs[..self.samples() * width];
        inputs.chunks(piece * width).enumerate().map(move |(i, x)| (i * piece, x, x.len() / width))
    }

    fn flow(&self) -> Result<&Flow, SpecError> {
        if self.samples() == 0 {
            return Err(refused("it looks at what comes into layers, and there are no training samples here"));
        }
        Ok(self.flow.get_or_init(|| self.measure()))
    }

    fn measure(&self) -> Flow {
        let nodes = self.network.nodes();
        let units = |i: usize| nodes[i].layer.output().0.last().map_or(1, |n| *n);
        let mut squares: Vec<Vec<f64>> = nodes.iter().map(|n| vec![0.0; rows(&n.layer.op())]).collect();
        let mut zeros: Vec<Vec<f64>> = (0..nodes.len()).map(|i| vec![0.0; units(i)]).collect();
        let (mut tape, mut rng) = (Tape::default(), Rng::new(0, 0));
        for (_, x, count) in self.pieces() {
            self.network.forward(self.params, x, count, false, &mut rng, &mut tape);
            for (i, node) in nodes.iter().enumerate() {
                let before = if i == 0 { x } else { &tape.output(i - 1)[..count * nodes[i - 1].layer.output().len()] };
                let op = node.layer.op();
                add_squares(&op, before, &mut squares[i]);
                if let Op::Recurrent(sizes) = op {
                    recurrent_squares(&sizes, &self.params[node.span.clone()], before, &mut squares[i]);
                }
                if let Op::Attention(sizes) = op {
                    attention_squares(&sizes, &self.params[node.span.clone()], before, &mut squares[i]);
                }
                let after = &tape.output(i)[..count * node.layer.output().len()];
                for (at, _) in after.iter().enumerate().filter(|(_, v)| **v == 0.0) {
                    zeros[i][at % units(i)] += 1.0;
                }
            }
        }
        let share = |(i, zeros): (usize, Vec<f64>)| {
            let values = (self.samples() * nodes[i].layer.output().len() / units(i)).max(1) as f64;
            zeros.into_iter().map(|z| (z / values) as f32).collect()
        };
        Flow {
            norms: squares.into_iter().map(|of| of.into_iter().map(|s| s.sqrt() as f32).collect()).collect(),
            zeros: zeros.into_iter().enumerate().map(share).collect(),
        }
    }
}

/// Inputs of which a layer's norms are taken; see [`Flow::norms`].
fn rows(op: &Op) -> usize {
    match op {
        Op::Dense { inputs, .. } => *inputs,
        Op::Conv2d(shape) | Op::Depthwise(shape) => shape.patch(),
        Op::Recurrent(sizes) => sizes.rows(),
        Op::Attention(sizes) => sizes.rows(),
        Op::Embedding { tokens, .. } => *tokens,
        Op::Exit { channels, .. } => *channels,
        _ => 0,
    }
}

/// Adds the squares of what `x`, a layer's inputs, brings to each of its rows.
fn add_squares(op: &Op, x: &[f32], sums: &mut [f64]) {
    let mut add = |row: usize, value: f32| sums[row] += f64::from(value) * f64::from(value);
    match op {
        Op::Dense { inputs, .. } => x.iter().enumerate().for_each(|(i, v)| add(i % inputs, *v)),
        Op::Conv2d(shape) | Op::Depthwise(shape) => x.chunks_exact(shape.input_len()).for_each(|image| patches(shape, image, &mut add)),
        Op::Exit { channels, .. } => seen_by_head(op, x).iter().enumerate().for_each(|(i, v)| add(i % channels, *v)),
        // Each token is a one in its own row.
        Op::Embedding { tokens: tokens @ 1.., .. } => x.iter().for_each(|v| add(embedding::token(*v, *tokens), 1.0)),
        _ => {}
    }
}

/// The same for attention: what comes in for queries, keys and values, and what the heads put out for the matrix behind them.
fn attention_squares(sizes: &Attention, params: &[f32], x: &[f32], sums: &mut [f64]) {
    let (batch, e) = (x.len() / sizes.len().max(1), sizes.channels);
    let (mut y, mut kept) = (vec![0.0; x.len()], vec![0.0; batch * sizes.kept()]);
    attention::forward(sizes, batch, params, x, &mut y, &mut kept, &mut Scratch::default());
    let seen = &kept[3 * x.len()..4 * x.len()];
    for (i, (x, seen)) in x.iter().zip(seen).enumerate() {
        (0..3).for_each(|which| sums[which * e + i % e] += f64::from(*x) * f64::from(*x));
        sums[3 * e + i % e] += f64::from(*seen) * f64::from(*seen);
    }
}

/// The same for a recurrent layer: what comes in at each step, and the state from the step before it.
fn recurrent_squares(sizes: &Recurrent, params: &[f32], x: &[f32], sums: &mut [f64]) {
    let all = Recurrent { sequence: true, ..*sizes };
    let batch = x.len() / (sizes.steps * sizes.features).max(1);
    let (mut states, mut kept) = (vec![0.0; batch * all.output_len()], vec![0.0; batch * all.kept()]);
    recurrent::forward(&all, batch, params, x, &mut states, &mut kept, &mut Scratch::default());
    let mut add = |row: usize, value: f32| sums[row] += f64::from(value) * f64::from(value);
    x.iter().enumerate().for_each(|(i, v)| add(i % sizes.features, *v));
    for states in states.chunks_exact(all.output_len().max(1)) {
        let read = &states[..(sizes.steps - 1) * sizes.units];
        read.iter().enumerate().for_each(|(i, v)| add(sizes.features + i % sizes.units, *v));
    }
}

/// Calls `each(row of the matrix, value)` for all that a kernel sees on its way over an image; padding is zero and left out.
fn patches(s: &Conv2dShape, image: &[f32], each: &mut impl FnMut(usize, f32)) {
    let (height, width, channels) = s.input;
    for (oy, ox) in (0..s.output.0).flat_map(|oy| (0..s.output.1).map(move |ox| (oy, ox))) {
        for (ky, kx) in (0..s.kernel).flat_map(|ky| (0..s.kernel).map(move |kx| (ky, kx))) {
            let (y, x) = (oy * s.stride + ky, ox * s.stride + kx);
            if y < s.padding || x < s.padding || y - s.padding >= height || x - s.padding >= width {
                continue;
            }
            let pixel = ((y - s.padding) * width + x - s.padding) * channels;
            for c in 0..channels {
                each((ky * s.kernel + kx) * channels + c, image[pixel + c]);
            }
        }
    }
}

/// What the criterion in use cannot do without.
fn refused(reason: &str) -> SpecError {
    SpecError::Incompatible { field: super::criteria::CATALOG.field.into(), reason: reason.into() }
}
