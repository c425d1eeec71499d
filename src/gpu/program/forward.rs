//! Forward kernels.

use super::{
    Place, Program,
    Slot::{Read, Write},
    grid,
    rounding::rounded_source,
    stages::{Stage, StageOp},
};
use crate::{
    engine::{error::SpecError, layers::Conv2dShape},
    kernels::wgsl::Wgsl,
};

impl Program {
    /// The factor of a value in the dropout of stage `i`.
    pub(super) fn dropout_bits(&self, i: usize, scale: f32) -> Wgsl {
        let which = self.noisy.iter().position(|stage| *stage == i);
        let offset = which.map_or(0, |which| self.draws.list[which].offset);
        Wgsl::new(include_str!("../wgsl/dropout_bits.wgsl"))
            .with("SCALE", f64::from(scale))
            .with("OFFSET", offset as f64)
            .with("STRIDE", self.draws.words as f64)
    }

    pub(super) fn forward_stage(&mut self, i: usize, stage: &Stage, train: bool) -> Result<(), SpecError> {
        let (x, order, gather) = rounded_source(i, stage, train);
        let (y, kept) = (Write(Place::Output(i)), Write(Place::Kept(i)));
        let finish = stage.activation.clone().join(&Wgsl::new(include_str!("../wgsl/finish.wgsl")));
        let ending = gather.join(&finish);
        let product = vec![Read(x), Read(self.seen()), Read(order), y, kept];
        let (batch, values) = (self.batch, self.batch * stage.output);
        match &stage.op {
            StageOp::Dense => {
                let (grid, tile) = grid::tiles(batch, stage.output, 1)?;
                let wgsl = Wgsl::new(include_str!("../../kernels/matmul_f32/forward.wgsl"))
                    .with("INPUTS", stage.input as f64)
                    .with("COLS", stage.output as f64)
                    .with("START", stage.start as f64);
                self.push("dense forward", ending.join(&wgsl).join(&tile), product, grid);
            }
            StageOp::Conv2d(shape) => {
                let (grid, tile) = grid::tiles(batch * shape.positions(), shape.filters, 1)?;
                let wgsl = unfolded(shape)
                    .join(&Wgsl::new(include_str!("../../kernels/conv2d/forward.wgsl")))
                    .with("COLS", shape.filters as f64)
                    .with("START", stage.start as f64);
                self.push("convolution forward", ending.join(&wgsl).join(&tile), product, grid);
            }
            StageOp::Depthwise(shape) => {
                let file = Wgsl::new(include_str!("../../kernels/depthwise/forward.wgsl")).with("START", stage.start as f64);
                let wgsl = channelwise(shape).join(&file);
                self.push("depthwise forward", ending.join(&wgsl).join(&grid::flat_wgsl()), product, grid::flat(values)?);
            }
            StageOp::GlobalPool { positions, channels } => {
                let wgsl = Wgsl::new(include_str!("../../kernels/pool2d/global.wgsl"))
                    .with("POSITIONS", *positions as f64)
                    .with("CHANNELS", *channels as f64);
                let slots = vec![Read(x), Read(order), y, kept];
                self.push("global pooling forward", ending.join(&wgsl).join(&grid::flat_wgsl()), slots, grid::flat(values)?);
            }
            StageOp::Pool2d { average, .. } => {
                self.reserve(Place::Windows(i), if *average { 1 } else { values });
                let wgsl = pooling(&stage.op).join(&Wgsl::new(include_str!("../../kernels/pool2d/pool2d.wgsl")));
                let slots = vec![Read(x), Read(order), y, kept, Write(Place::Windows(i))];
                self.push("pooling forward", ending.join(&wgsl).join(&grid::flat_wgsl()), slots, grid::flat(values)?);
            }
            StageOp::Dropout(noise) => {
                let file = Wgsl::new(include_str!("../wgsl/dropout.wgsl"));
                let wgsl = file.with("WIDTH", stage.output as f64).join(&self.dropout_bits(i, noise.scale));
                let slots = vec![Read(x), Read(order), Read(Place::Bits), y, kept];
                self.push("dropout forward", ending.join(&wgsl).join(&grid::flat_wgsl()), slots, grid::flat(values)?);
            }
            StageOp::BatchNorm { .. } | StageOp::Affine { .. } | StageOp::LayerNorm { .. } => {
                return self.forward_norm(i, stage, train, &finish);
            }
            StageOp::Add { from } => return self.forward_add(i, stage, (*from, train), &finish),
            StageOp::Embedding { .. } => self.embedding(i, stage, train)?,
            StageOp::Position { positions, channels } => self.position(i, stage, (*positions, *channels), train)?,
            StageOp::Attention(sizes) => self.attention(i, stage, sizes, train)?,
            StageOp::Pointwise => {
                let wgsl = Wgsl::new(include_str!("../wgsl/pointwise.wgsl")).with("WIDTH", stage.output as f64);
                let slots = vec![Read(x), Read(order), y, kept];
                self.push("activation forward", ending.join(&wgsl).join(&grid::flat_wgsl()), slots, grid::flat(values)?);
            }
        }
        Ok(())
    }
}

/// The unfolded input of a convolution.
pub(super) fn unfolded(shape: &Conv2dShape) -> Wgsl {
    Wgsl { files: vec![include_str!("../../kernels/conv2d/conv2d.wgsl")], constants: sizes(shape) }.with("CHANNELS", shape.input.2 as f64)
}

/// Sizes of a depthwise convolution.
pub(super) fn channelwise(shape: &Conv2dShape) -> Wgsl {
    let file = include_str!("../../kernels/depthwise/depthwise.wgsl");
    Wgsl { files: vec![file], constants: sizes(shape) }.with("CHANNELS", shape.filters as f64)
}

/// Sizes of a convolution, without its channels and filters.
pub(super) fn sizes(shape: &Conv2dShape) -> Vec<(&'static str, f64)> {
    vec![
        ("HEIGHT", shape.input.0 as f64),
        ("WIDTH", shape.input.1 as f64),
        ("OUT_HEIGHT", shape.output.0 as f64),
        ("OUT_WIDTH", shape.output.1 as f64),
        ("KERNEL", shape.kernel as f64),
        ("STRIDE", shape.stride as f64),
        ("PADDING", shape.padding as f64),
    ]
}

/// Sizes of pooling; nothing for another stage.
pub(super) fn pooling(op: &StageOp) -> Wgsl {
    let StageOp::Pool2d { input, output, size, stride, average } = *op else { return Wgsl::default() };
    Wgsl::new(include_str!("../../kernels/pool2d/sizes.wgsl"))
        .with("HEIGHT", input.0 as f64)
        .with("WIDTH", input.1 as f64)
        .with("CHANNELS", input.2 as f64)
        .with("OUT_HEIGHT", output.0 as f64)
        .with("OUT_WIDTH", output.1 as f64)
        .with("SIZE", size as f64)
        .with("STRIDE", stride as f64)
        .with("AVERAGE", f64::from(u8::from(average)))
}
