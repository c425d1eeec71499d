//! Embeddings, and the waves that tell positions.

use super::{
    Place, Program,
    Slot::{Read, Write},
    grid,
    packed::ending,
    source,
    stages::{Stage, StageOp},
};
use crate::{
    engine::{error::SpecError, layers::position_waves},
    kernels::wgsl::Wgsl,
};

/// How tokens of `stage` are read; nothing where it is no embedding.
fn tokens(stage: &Stage) -> Wgsl {
    let StageOp::Embedding { steps, tokens, size } = stage.op else { return Wgsl::default() };
    Wgsl::new(include_str!("../wgsl/tokens.wgsl")).with("STEPS", steps as f64).with("TOKENS", tokens as f64).with("SIZE", size as f64)
}

impl Program {
    pub(super) fn embedding(&mut self, i: usize, stage: &Stage, train: bool) -> Result<(), SpecError> {
        let (x, order, gather) = source(i, train);
        let wgsl = ending(gather, stage)
            .join(&tokens(stage))
            .join(&Wgsl::new(include_str!("../wgsl/embedding.wgsl")))
            .with("START", stage.start as f64)
            .join(&grid::flat_wgsl());
        let slots = vec![Read(x), Read(self.seen()), Read(order), Write(Place::Output(i)), Write(Place::Kept(i))];
        self.push("embedding forward", wgsl, slots, grid::flat(self.batch * stage.output)?);
        Ok(())
    }

    /// The gradient by the table of `rows` tokens of `cols` values.
    pub(super) fn embedding_back(&mut self, i: usize, stage: &Stage, (rows, cols): (usize, usize)) -> Result<(), SpecError> {
        let (x, order, gather) = source(i, true);
        let parts = grid::parts(rows, cols, self.batch * stage.input);
        let from = self.span(stage, parts);
        let (grid, tile) = grid::tiles(rows, cols, parts)?;
        let wgsl = tokens(stage)
            .join(&Wgsl::new(include_str!("../wgsl/embedding_back.wgsl")))
            .with("COLS", cols as f64)
            .with("FROM", from as f64)
            .with("PARTS", parts as f64);
        let slots = vec![Read(x), Read(Place::Gradient(i)), Read(order), Write(Place::Partials)];
        self.push("embedding backward", gather.join(&wgsl).join(&tile), slots, grid);
        Ok(())
    }

    /// Adds waves for so many positions and channels; the way back is that of an activation alone.
    pub(super) fn position(
        &mut self,
        i: usize,
        stage: &Stage,
        (positions, channels): (usize, usize),
        train: bool,
    ) -> Result<(), SpecError> {
        let (x, order, gather) = source(i, train);
        self.reserve(Place::Waves(i), stage.output);
        self.tables.push((Place::Waves(i), position_waves(positions, channels)));
        let wgsl = ending(gather, stage)
            .join(&Wgsl::new(include_str!("../wgsl/position.wgsl")))
            .with("WIDTH", stage.output as f64)
            .join(&grid::flat_wgsl());
        let slots = vec![Read(x), Read(order), Read(Place::Waves(i)), Write(Place::Output(i)), Write(Place::Kept(i))];
        self.push("positions forward", wgsl, slots, grid::flat(self.batch * stage.output)?);
        Ok(())
    }
}
