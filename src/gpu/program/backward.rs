//! The loss, and backward kernels.

use super::{
    Place, Program,
    Slot::{self, Read, Write},
    Span, forward, gather, grid, reduce,
    rounding::{passing_back, rounded_source},
    stages::{Stage, StageOp},
};
use crate::{
    engine::{error::SpecError, layers::Conv2dShape, losses::Loss},
    kernels::wgsl::Wgsl,
};

/// A rule without a form on the GPU.
pub(super) fn cpu_only(field: &str) -> SpecError {
    SpecError::Incompatible { field: field.into(), reason: "the GPU has no form of it".into() }
}

impl Program {
    pub(super) fn loss(&mut self, stages: &[Stage], loss: &dyn Loss, outputs: usize, classes: bool) -> Result<(), SpecError> {
        let last = stages.len() - 1;
        self.reserve(Place::Gradient(last), self.batch * stages[last].output);
        let wgsl = Wgsl::new(include_str!("../wgsl/loss.wgsl"))
            .with("OUTPUTS", outputs as f64)
            .with("CLASSES", f64::from(u8::from(classes)))
            .join(&reduce::added_up())
            .join(&gather(true))
            .join(&passing_back(None, &stages[last]).0)
            .join(&loss.wgsl(outputs).ok_or_else(|| cpu_only("loss"))?);
        let mut slots = before(last);
        slots.extend([Read(Place::Order), Read(Place::Targets), Write(Place::Gradient(last)), Write(Place::Results)]);
        self.push("loss", wgsl, slots, [1, 1, 1]);
        Ok(())
    }

    /// From the last stage to the first with parameters: those before it need no gradient.
    pub(super) fn backward(&mut self, stages: &[Stage]) -> Result<(), SpecError> {
        let first = stages.iter().position(|s| s.params > 0).unwrap_or(stages.len());
        for (i, stage) in stages.iter().enumerate().skip(first).rev() {
            if stage.params > 0 {
                self.backward_weight(i, stage)?;
            }
            if i > first {
                self.reserve(Place::Gradient(i - 1), self.batch * stage.input);
                self.backward_input(i, stage, &stages[i - 1])?;
                self.backward_skips(i - 1, stages)?;
            }
        }
        Ok(())
    }

    fn backward_weight(&mut self, i: usize, stage: &Stage) -> Result<(), SpecError> {
        match &stage.op {
            StageOp::Depthwise(shape) => return self.backward_filters(i, stage, shape),
            StageOp::BatchNorm { .. } | StageOp::LayerNorm { .. } => return self.backward_norm(i, stage),
            StageOp::Embedding { tokens, size, .. } => return self.embedding_back(i, stage, (*tokens, *size)),
            StageOp::Attention(sizes) => return self.attention_back(i, stage, sizes),
            _ => {}
        }
        let (x, order, gather) = rounded_source(i, stage, true);
        let (rows, cols, depth, name, wgsl) = match &stage.op {
            StageOp::Conv2d(shape) => {
                let file = Wgsl::new(include_str!("../../kernels/conv2d/backward_weight.wgsl"));
                let wgsl = forward::unfolded(shape).join(&file);
                (shape.patch() + 1, shape.filters, self.batch * shape.positions(), "convolution backward, weights", wgsl)
            }
            _ => {
                let file = Wgsl::new(include_str!("../../kernels/matmul_f32/backward_weight.wgsl"));
                let wgsl = file.with("INPUTS", stage.input as f64);
                (stage.input + 1, stage.output, self.batch, "dense backward, weights", wgsl)
            }
        };
        let parts = grid::parts(rows, cols, depth);
        let from = self.span(stage, parts);
        let (grid, tile) = grid::tiles(rows, cols, parts)?;
        let wgsl = wgsl.with("COLS", cols as f64).with("FROM", from as f64).with("PARTS", parts as f64);
        let slots = vec![Read(x), Read(Place::Gradient(i)), Read(order), Write(Place::Partials)];
        self.push(name, gather.join(&wgsl).join(&tile), slots, grid);
        Ok(())
    }

    /// A depthwise convolution's weights: their sums share no operands, so there is no product to make of them.
    fn backward_filters(&mut self, i: usize, stage: &Stage, shape: &Conv2dShape) -> Result<(), SpecError> {
        /// Samples run side by side in so many parts at most.
        const MOST: usize = 16;
        let (x, order, gather) = rounded_source(i, stage, true);
        let parts = self.batch.min(MOST);
        let from = self.span(stage, parts);
        let wgsl =
            Wgsl::new(include_str!("../../kernels/depthwise/backward_weight.wgsl")).with("FROM", from as f64).with("PARTS", parts as f64);
        let wgsl = gather.join(&forward::channelwise(shape)).join(&wgsl).join(&grid::flat_wgsl());
        let slots = vec![Read(x), Read(Place::Gradient(i)), Read(order), Write(Place::Partials)];
        self.push("depthwise backward, weights", wgsl, slots, grid::flat(stage.params * parts)?);
        Ok(())
    }

    /// Room for `parts` parts of the gradient by a stage's parameters; where it begins.
    pub(super) fn span(&mut self, stage: &Stage, parts: usize) -> usize {
        let from = self.lengths.get(&Place::Partials).copied().unwrap_or(0);
        self.reserve(Place::Partials, from + parts * stage.params);
        self.spans.push(Span {
            start: stage.start as u32,
            end: (stage.start + stage.params) as u32,
            from: from as u32,
            parts: parts as u32,
        });
        from
    }

    fn backward_input(&mut self, i: usize, stage: &Stage, previous: &Stage) -> Result<(), SpecError> {
        let values = self.batch * stage.input;
        let dy = Read(Place::Gradient(i));
        let dx = Write(Place::Gradient(i - 1));
        let (ending, more) = passing_back(Some(stage), previous);
        let with =
            |middle: Option<Slot>| [vec![dy], middle.into_iter().collect(), before(i - 1), vec![dx], more.into_iter().collect()].concat();
        match &stage.op {
            StageOp::Dense => {
                let (grid, tile) = grid::tiles(self.batch, stage.input, 1)?;
                let wgsl = Wgsl::new(include_str!("../../kernels/matmul_f32/backward_input.wgsl"))
                    .with("OUTPUTS", stage.output as f64)
                    .with("COLS", stage.input as f64)
                    .with("START", stage.start as f64);
                self.push("dense backward, input", ending.join(&wgsl).join(&tile), with(Some(Read(self.seen()))), grid);
            }
            StageOp::Conv2d(shape) => {
                let (grid, tile) = grid::tiles(self.batch * shape.input.0 * shape.input.1, shape.input.2, 1)?;
                let file = include_str!("../../kernels/conv2d/backward_input.wgsl");
                let wgsl = Wgsl { files: vec![file], constants: forward::sizes(shape) }
                    .with("COLS", shape.input.2 as f64)
                    .with("FILTERS", shape.filters as f64)
                    .with("START", stage.start as f64);
                self.push("convolution backward, input", ending.join(&wgsl).join(&tile), with(Some(Read(self.seen()))), grid);
            }
            StageOp::Depthwise(shape) => {
                let file = Wgsl::new(include_str!("../../kernels/depthwise/backward_input.wgsl")).with("START", stage.start as f64);
                let wgsl = ending.join(&forward::channelwise(shape)).join(&file).join(&grid::flat_wgsl());
                self.push("depthwise backward, input", wgsl, with(Some(Read(self.seen()))), grid::flat(values)?);
            }
            StageOp::GlobalPool { positions, channels } => {
                let wgsl = Wgsl::new(include_str!("../../kernels/pool2d/global_back.wgsl"))
                    .with("POSITIONS", *positions as f64)
                    .with("CHANNELS", *channels as f64);
                self.push("global pooling backward", ending.join(&wgsl).join(&grid::flat_wgsl()), with(None), grid::flat(values)?);
            }
            StageOp::Pool2d { .. } => {
                let wgsl = forward::pooling(&stage.op).join(&Wgsl::new(include_str!("../../kernels/pool2d/backward.wgsl")));
                let slots = with(Some(Read(Place::Windows(i))));
                self.push("pooling backward", ending.join(&wgsl).join(&grid::flat_wgsl()), slots, grid::flat(values)?);
            }
            StageOp::Dropout(noise) => {
                let wgsl = Wgsl::new(include_str!("../wgsl/dropout_back.wgsl"))
                    .with("WIDTH", stage.input as f64)
                    .join(&self.dropout_bits(i, noise.scale));
                self.push(
                    "dropout backward",
                    ending.join(&wgsl).join(&grid::flat_wgsl()),
                    with(Some(Read(Place::Bits))),
                    grid::flat(values)?,
                );
            }
            StageOp::BatchNorm { .. } | StageOp::Affine { .. } | StageOp::LayerNorm { .. } => {
                self.backward_norm_input(i, stage, previous)?;
            }
            // A token is no quantity, and what reads tokens stands first.
            StageOp::Embedding { .. } => {}
            StageOp::Attention(sizes) => self.attention_input(i, stage, sizes, previous)?,
            // What is added passes to both ends as it is; to the other: `backward_skips`.
            StageOp::Pointwise | StageOp::Add { .. } | StageOp::Position { .. } => {
                let wgsl = Wgsl::new(include_str!("../wgsl/pointwise_back.wgsl")).with("WIDTH", stage.input as f64);
                self.push("activation backward", ending.join(&wgsl).join(&grid::flat_wgsl()), with(None), grid::flat(values)?);
            }
        }
        Ok(())
    }
}

/// The stage that a gradient is passed back to: its output, and what came into its activation.
fn before(i: usize) -> Vec<Slot> {
    vec![Read(Place::Output(i)), Read(Place::Kept(i))]
}
