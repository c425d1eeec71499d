//! A network as the GPU sees it: each layer together with the activation that follows it.

use std::ops::Range;

use super::skip::Ends;
use crate::{
    engine::{
        activations,
        error::SpecError,
        layers::{Attention, Conv2dShape, Noise, Op},
        network::Network,
        packed::matrix,
        train::Rounding,
    },
    kernels::{pool2d, wgsl::Wgsl},
};

/// A layer and its activation.
pub struct Stage {
    /// What it computes.
    pub op: StageOp,
    /// Values per sample coming in.
    pub input: usize,
    /// Values per sample going out.
    pub output: usize,
    /// Where its parameters begin, and how many of them are learnt.
    pub start: usize,
    pub params: usize,
    /// Rows and units of its weights.
    pub matrix: Option<(usize, usize)>,
    /// Which layer of the model it is.
    pub layer: usize,
    /// Whether what comes in is rounded to 8 bits.
    pub rounds_input: bool,
    /// See [`activations::Activation::wgsl`].
    pub activation: Wgsl,
}

/// What a stage computes before its activation.
pub enum StageOp {
    Dense,
    Conv2d(Conv2dShape),
    /// One filter for each channel.
    Depthwise(Conv2dShape),
    /// The mean of each channel.
    GlobalPool {
        positions: usize,
        channels: usize,
    },
    Pool2d {
        input: (usize, usize, usize),
        output: (usize, usize),
        size: usize,
        stride: usize,
        average: bool,
    },
    Dropout(Noise),
    /// Batch normalization in training; running statistics lie behind its parameters.
    BatchNorm {
        channels: usize,
        /// Share of the newest mini-batch in the running statistics.
        momentum: f32,
    },
    /// A factor and a summand for each channel, or what batch normalization with running statistics is.
    Affine {
        channels: usize,
        running: bool,
    },
    /// Layer normalization over the channels of each position.
    LayerNorm {
        channels: usize,
    },
    /// Adds the output of an earlier stage, or the network's input.
    Add {
        from: Option<usize>,
    },
    /// A row of a table for each token.
    Embedding {
        steps: usize,
        tokens: usize,
        size: usize,
    },
    /// Adds waves.
    Position {
        positions: usize,
        channels: usize,
    },
    Attention(Attention),
    /// Nothing: an activation on its own.
    Pointwise,
}

impl Stage {
    /// Whether its activation's slope needs what came into it.
    pub fn keeps_input(&self) -> bool {
        self.activation.files.iter().any(|file| file.contains("const KEEPS_INPUT = true;"))
    }
}

/// A layer of a model.
pub struct Part {
    pub op: Op,
    /// Values per sample going out.
    pub output: usize,
    /// Where its parameters lie.
    pub span: Range<usize>,
    /// What training adds.
    pub noise: Option<Noise>,
    /// Share of the newest mini-batch in the running statistics, where training normalizes by those of the mini-batch.
    pub momentum: Option<f32>,
    /// Whether training rounds what comes in to 8 bits.
    pub rounds_input: bool,
}

/// The stages of `network`, at least one. In training they include dropout, and may round what comes in.
pub fn of(network: &Network, train: bool, rounding: Option<Rounding>) -> Result<Vec<Stage>, SpecError> {
    let parts = network.nodes().iter().map(|node| {
        let (op, noise, momentum) = (node.layer.op(), node.layer.noise().filter(|_| train), node.layer.momentum().filter(|_| train));
        let rounds_input = rounding.is_some_and(|rounding| rounding.rounds_input(&op));
        Part { op, output: node.layer.output().len(), span: node.span.clone(), noise, momentum, rounds_input }
    });
    chain(network.input().len(), parts)
}

/// The stages of `parts`, at least one, for samples of `input` values.
pub fn chain(mut input: usize, parts: impl Iterator<Item = Part>) -> Result<Vec<Stage>, SpecError> {
    let linear = activation("linear")?;
    let mut stages: Vec<Stage> = Vec::new();
    let (first, parts) = (input, parts.collect::<Vec<_>>());
    let mut ends = Ends::of(&parts);
    for (layer, Part { op, output, span, noise, momentum, rounds_input }) in parts.into_iter().enumerate() {
        ends.next(stages.len());
        let matrix = matrix(&op);
        let op = match op {
            Op::Dense { .. } => StageOp::Dense,
            Op::Conv2d(shape) => StageOp::Conv2d(shape),
            Op::Depthwise(shape) => StageOp::Depthwise(shape),
            Op::GlobalPool { positions, channels } => StageOp::GlobalPool { positions, channels },
            Op::Pool2d { input, size, stride, average } => {
                StageOp::Pool2d { input, output: pool2d::output(input, size, stride), size, stride, average }
            }
            Op::Activation(pick) => {
                let (entry, values) = activations::CATALOG.resolve(&pick)?;
                let wgsl = (entry.build)(&values).wgsl();
                let held = ends.holds(stages.len());
                match stages.last_mut() {
                    Some(stage) if stage.activation == linear && !held => stage.activation = wgsl,
                    _ => stages.push(Stage { activation: wgsl, ..pointwise(input, layer, &linear) }),
                }
                continue;
            }
            Op::Embedding { steps, tokens, size } => StageOp::Embedding { steps, tokens, size },
            Op::Position { positions, channels } => StageOp::Position { positions, channels },
            Op::Attention(sizes) => StageOp::Attention(sizes),
            Op::Flatten => continue,
            Op::Affine { channels } => match momentum {
                Some(momentum) => StageOp::BatchNorm { channels, momentum },
                None => StageOp::Affine { channels, running: span.len() > 2 * channels },
            },
            Op::LayerNorm { channels } => StageOp::LayerNorm { channels },
            Op::Add { back } => ends.add(back, &stages, first, input)?,
            Op::Exit { .. } | Op::Recurrent(_) => {
                let reason = format!("layer {} has no shader: it runs on the CPU alone", layer + 1);
                return Err(SpecError::Incompatible { field: "model".into(), reason });
            }
            Op::Identity => match noise {
                Some(noise) => StageOp::Dropout(noise),
                None => continue,
            },
        };
        let activation = linear.clone();
        let learnt = if let StageOp::BatchNorm { channels, .. } = op { 2 * channels } else { span.len() };
        let (start, params) = (span.start, learnt);
        stages.push(Stage { op, input, output, start, params, matrix, layer, rounds_input, activation });
        input = output;
    }
    if stages.is_empty() {
        stages.push(pointwise(input, 0, &linear));
    }
    Ok(stages)
}

/// `values` numbers that pass layer `layer` as they are.
fn pointwise(values: usize, layer: usize, linear: &Wgsl) -> Stage {
    Stage {
        op: StageOp::Pointwise,
        input: values,
        output: values,
        start: 0,
        params: 0,
        matrix: None,
        layer,
        rounds_input: false,
        activation: linear.clone(),
    }
}

/// An activation at its defaults.
pub fn activation(key: &str) -> Result<Wgsl, SpecError> {
    let entry = activations::CATALOG.find(key)?;
    Ok((entry.build)(&crate::engine::params::Values::defaults(entry.params)).wgsl())
}
