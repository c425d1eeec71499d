//! Kernels of normalizations: batch normalization in training, what is left of it at inference, and layer normalization.
//!
//! A mini-batch is rows of channels. Sums down the rows, which batch normalization needs of values and both need of gradients, are taken in parts, a workgroup
//! each, and whoever reads them puts the parts together: moments by distances from each part's own mean, as two passes on the CPU do, so that values far from
//! zero lose no digits. Sums along a row are those of a few invocations side by side.

use super::{
    Place, Program,
    Slot::{Read, Write},
    grid, reduce,
    rounding::passing_back,
    source,
    stages::{Stage, StageOp},
};
use crate::{
    engine::{error::SpecError, layers::EPSILON},
    kernels::wgsl::Wgsl,
};

/// Channels of a workgroup that adds up rows, and its invocations: each adds up the parts of one, so that there are no more parts.
const TOGETHER: usize = 4;
const LANES: usize = 64;
/// Invocations that share a row at most.
const WIDE: usize = 64;

/// Rows of a mini-batch of `batch` samples that come into `stage`, and their parts.
struct Rows {
    count: usize,
    channels: usize,
    positions: usize,
    parts: usize,
}

impl Rows {
    fn of(stage: &Stage, batch: usize) -> Self {
        let channels = match stage.op {
            StageOp::BatchNorm { channels, .. } | StageOp::Affine { channels, .. } | StageOp::LayerNorm { channels } => channels.max(1),
            _ => stage.input.max(1),
        };
        let positions = stage.input / channels;
        let count = batch * positions;
        // At least two rows an invocation, and no more workgroups than keep a GPU busy.
        let parts = (count / (2 * LANES)).min(512 / channels.div_ceil(TOGETHER)).clamp(1, LANES);
        Self { count, channels, positions, parts }
    }

    /// Their sizes, for every kernel.
    fn sizes(&self) -> Wgsl {
        Wgsl::new(include_str!("../wgsl/norm_rows.wgsl")).with("CHANNELS", self.channels as f64).with("POSITIONS", self.positions as f64)
    }

    /// The text that reads what comes in, which `gather` finds.
    fn read(&self, gather: &Wgsl) -> Wgsl {
        self.sizes().join(gather).join(&Wgsl::new(include_str!("../wgsl/norm_begin.wgsl")))
    }

    /// The text that goes down the rows in parts, and its workgroups.
    fn down(&self) -> Result<(Wgsl, [u32; 3]), SpecError> {
        let text = Wgsl::new(include_str!("../wgsl/norm_parts.wgsl")).with("PARTS", self.parts as f64).join(&reduce::added_up());
        Ok((text, [grid::within(self.channels.div_ceil(TOGETHER))?, grid::within(self.parts)?, 1]))
    }

    /// The text that adds up along rows, and its workgroups.
    fn along(&self) -> Result<(Wgsl, [u32; 3]), SpecError> {
        let wide = self.channels.next_power_of_two().min(WIDE);
        let text = Wgsl::new(include_str!("../wgsl/across.wgsl")).with("WIDE", wide as f64);
        Ok((text, grid::flat(self.count * wide)?))
    }

    /// What normalizes a value on the way back.
    fn normal(stage: &Stage) -> Wgsl {
        Wgsl::new(match stage.op {
            StageOp::BatchNorm { .. } => include_str!("../wgsl/normal_of_channel.wgsl"),
            _ => include_str!("../wgsl/normal_of_row.wgsl"),
        })
    }
}

impl Program {
    /// Stage `i`, a normalization. `ending` is what becomes of a value.
    pub(super) fn forward_norm(&mut self, i: usize, stage: &Stage, train: bool, ending: &Wgsl) -> Result<(), SpecError> {
        let (x, order, gather) = source(i, train);
        let rows = Rows::of(stage, self.batch);
        let (params, y, kept) = (Place::Params, Write(Place::Output(i)), Write(Place::Kept(i)));
        let moments = Place::Moments(i);
        let last = rows.read(&gather).join(ending).with("START", stage.start as f64).with("EPSILON", f64::from(EPSILON));
        match stage.op {
            StageOp::BatchNorm { momentum, .. } => {
                self.reserve(moments, (3 + 2 * rows.parts) * rows.channels);
                let (down, grid) = rows.down()?;
                let first = rows.read(&gather).join(&down).join(&Wgsl::new(include_str!("../wgsl/batchnorm_moments.wgsl")));
                self.push("batch moments", first, vec![Read(x), Read(order), Write(moments)], grid);
                let file = Wgsl::new(include_str!("../wgsl/batchnorm.wgsl")).with("MOMENTUM", f64::from(momentum));
                let slots = vec![Read(x), Read(order), Write(params), Write(moments), y, kept];
                self.push("batch normalization forward", last.join(&down).join(&file), slots, grid);
            }
            StageOp::LayerNorm { .. } => {
                self.reserve(moments, if train { 2 * rows.count } else { 1 });
                let (along, grid) = rows.along()?;
                let file = Wgsl::new(include_str!("../wgsl/layernorm.wgsl")).with("TRAIN", f64::from(u8::from(train)));
                let slots = vec![Read(x), Read(params), Read(order), y, kept, Write(moments)];
                self.push("layer normalization forward", last.join(&along).join(&file), slots, grid);
            }
            _ => {
                let running = matches!(stage.op, StageOp::Affine { running: true, .. });
                let file = Wgsl::new(include_str!("../wgsl/affine.wgsl")).with("RUNNING", f64::from(u8::from(running)));
                let slots = vec![Read(x), Read(params), Read(order), y, kept];
                let grid = grid::flat(self.batch * stage.output)?;
                self.push("factor and summand", last.join(&file).join(&grid::flat_wgsl()), slots, grid);
            }
        }
        Ok(())
    }

    /// The gradient by `γ` and `β`.
    pub(super) fn backward_norm(&mut self, i: usize, stage: &Stage) -> Result<(), SpecError> {
        let (x, order, gather) = source(i, true);
        let rows = Rows::of(stage, self.batch);
        let from = self.span(stage, rows.parts);
        let (down, grid) = rows.down()?;
        let file = Wgsl::new(include_str!("../wgsl/norm_sums.wgsl")).with("FROM", from as f64);
        let wgsl = rows.read(&gather).join(&down).join(&Rows::normal(stage)).join(&file);
        let slots = vec![Read(x), Read(Place::Gradient(i)), Read(Place::Moments(i)), Read(order), Write(Place::Partials)];
        self.push("normalization backward, factors", wgsl, slots, grid);
        Ok(())
    }

    /// The gradient by what comes in, after [`Program::backward_norm`].
    pub(super) fn backward_norm_input(&mut self, i: usize, stage: &Stage, previous: &Stage) -> Result<(), SpecError> {
        let rows = Rows::of(stage, self.batch);
        let text = passing_back(None, previous).0.join(&rows.sizes()).join(&Rows::normal(stage));
        let (y, kept, dx) = (Read(Place::Output(i - 1)), Read(Place::Kept(i - 1)), Write(Place::Gradient(i - 1)));
        let (dy, moments) = (Read(Place::Gradient(i)), Read(Place::Moments(i)));
        if let StageOp::BatchNorm { .. } = stage.op {
            let from = self.spans.iter().find(|span| span.start == stage.start as u32).map_or(0, |span| span.from);
            let (down, grid) = rows.down()?;
            let file = Wgsl::new(include_str!("../wgsl/batchnorm_back.wgsl")).with("FROM", f64::from(from));
            let slots = vec![dy, moments, Read(Place::Partials), y, kept, dx];
            self.push("batch normalization backward, input", text.join(&down).join(&file), slots, grid);
        } else {
            let (along, grid) = rows.along()?;
            let file = Wgsl::new(include_str!("../wgsl/layernorm_back.wgsl")).with("START", stage.start as f64);
            let slots = vec![dy, Read(Place::Params), moments, y, kept, dx];
            self.push("layer normalization backward, input", text.join(&along).join(&file), slots, grid);
        }
        Ok(())
    }
}
