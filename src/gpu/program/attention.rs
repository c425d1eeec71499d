//! Multi-head self-attention (`kernels/attention`), all of whose products are tiles: those with the four matrices over all positions of the mini-batch, those within
//! heads one after the other in z. Shares of all pairs are kept for the way back, as on the CPU; gradients on that way lie in buffers that all such stages use in turn.

use super::{
    Place, Program,
    Slot::{Read, Write},
    gather, grid,
    packed::ending,
    reduce,
    rounding::passing_back,
    source,
    stages::{self, Stage},
};
use crate::{
    engine::{error::SpecError, layers::Attention},
    kernels::wgsl::Wgsl,
};

/// What an attention stage keeps of the forward pass. In inference all use the same.
struct Inside {
    projected: Place,
    pairs: Place,
    seen: Place,
}

impl Inside {
    fn of(i: usize, train: bool) -> Self {
        let at = if train { i } else { 0 };
        Self { projected: Place::Projected(at), pairs: Place::Pairs(at), seen: Place::Seen(at) }
    }
}

/// `file` behind the sizes of the layer.
fn sized(sizes: &Attention, file: &'static str) -> Wgsl {
    Wgsl::new(include_str!("../../kernels/attention/attention.wgsl"))
        .with("POSITIONS", sizes.positions as f64)
        .with("CHANNELS", sizes.channels as f64)
        .with("HEADS", sizes.heads as f64)
        .join(&Wgsl::new(file))
}

/// What products of queries and keys are multiplied with.
fn scale(sizes: &Attention) -> f64 {
    1.0 / (sizes.width() as f64).sqrt()
}

impl Program {
    pub(super) fn attention(&mut self, i: usize, stage: &Stage, sizes: &Attention, train: bool) -> Result<(), SpecError> {
        let (rows, e, d, t) = (self.batch * sizes.positions, sizes.channels, sizes.width(), sizes.positions);
        let heads = self.batch * sizes.heads;
        let Inside { projected, pairs, seen } = Inside::of(i, train);
        self.reserve_most(projected, 3 * rows * e);
        self.reserve_most(pairs, self.batch.saturating_mul(sizes.pairs()));
        self.reserve_most(seen, rows * e);
        let params = self.seen();
        let through = |first: usize, count: usize| {
            sized(sizes, include_str!("../../kernels/attention/project.wgsl"))
                .with("FIRST", first as f64)
                .with("COLS", (count * e) as f64)
                .with("START", stage.start as f64)
        };
        let (x, order, by_order) = source(i, train);

        let (grid, tile) = grid::tiles(rows, 3 * e, 1)?;
        let finish = stages::activation("linear")?.join(&Wgsl::new(include_str!("../wgsl/finish.wgsl")));
        let wgsl = by_order.join(&finish).join(&through(0, 3)).join(&tile);
        self.push("queries, keys, values", wgsl, vec![Read(x), Read(params), Read(order), Write(projected), Write(Place::Kept(i))], grid);

        let (grid, tile) = grid::tiles_each(t, t, heads)?;
        let wgsl = between(sizes, 3 * e, 1).join(&tile);
        self.push("scores", wgsl, vec![Read(projected), Read(projected), Write(pairs)], grid);

        let wgsl = sized(sizes, include_str!("../../kernels/attention/softmax.wgsl"))
            .with("SCALE", scale(sizes))
            .with("CAUSAL", f64::from(u8::from(sizes.causal)))
            .join(&reduce::added_up())
            .join(&reduce::largest());
        self.push("softmax", wgsl, vec![Write(pairs)], grid::groups(heads * t)?);

        let (grid, tile) = grid::tiles_each(t, d, heads)?;
        let wgsl = sized(sizes, include_str!("../../kernels/attention/mix.wgsl")).with("COLS", d as f64).join(&tile);
        self.push("values by shares", wgsl, vec![Read(pairs), Read(projected), Write(seen)], grid);

        let (grid, tile) = grid::tiles(rows, e, 1)?;
        let wgsl = ending(gather(false), stage).join(&through(3, 1)).join(&tile);
        let slots = vec![Read(seen), Read(params), Read(Place::Nothing), Write(Place::Output(i)), Write(Place::Kept(i))];
        self.push("out of the heads", wgsl, slots, grid);
        Ok(())
    }

    /// From the gradient by what came out to those by the parameters, and by queries, keys and values, from which [`Program::attention_input`] goes on.
    pub(super) fn attention_back(&mut self, i: usize, stage: &Stage, sizes: &Attention) -> Result<(), SpecError> {
        let (rows, e, d, t) = (self.batch * sizes.positions, sizes.channels, sizes.width(), sizes.positions);
        let heads = self.batch * sizes.heads;
        let Inside { projected, pairs, seen } = Inside::of(i, true);
        let (dprojected, dpairs, dseen) = (Place::ProjectedGradient, Place::PairsGradient, Place::SeenGradient);
        self.reserve_most(dprojected, 3 * rows * e);
        self.reserve_most(dpairs, self.batch.saturating_mul(sizes.pairs()));
        self.reserve_most(dseen, rows * e);
        let dy = Read(Place::Gradient(i));

        let (grid, tile) = grid::tiles(rows, e, 1)?;
        let pass_back = Wgsl::new(include_str!("../wgsl/pass_back.wgsl"));
        let wgsl = stages::activation("linear")?.join(&pass_back).join(&back_through(stage, sizes, 3, 1)).join(&tile);
        let slots = vec![dy, Read(self.seen()), Read(seen), Read(Place::Nothing), Write(dseen)];
        self.push("out of the heads, backward", wgsl, slots, grid);

        let (grid, tile) = grid::tiles_each(t, t, heads)?;
        let wgsl = between(sizes, e, 2).join(&tile);
        self.push("values by shares, backward", wgsl, vec![Read(dseen), Read(projected), Write(dpairs)], grid);

        let wgsl =
            sized(sizes, include_str!("../../kernels/attention/softmax_back.wgsl")).with("SCALE", scale(sizes)).join(&reduce::added_up());
        self.push("softmax backward", wgsl, vec![Read(pairs), Write(dpairs)], grid::groups(heads * t)?);

        let (grid, tile) = grid::tiles_each(t, d, 3 * heads)?;
        let wgsl = sized(sizes, include_str!("../../kernels/attention/heads_back.wgsl")).with("COLS", d as f64).join(&tile);
        self.push("scores backward", wgsl, vec![Read(pairs), Read(dpairs), Read(projected), Read(dseen), Write(dprojected)], grid);

        let (x, order, gather) = source(i, true);
        let parts = grid::parts(e + 1, 4 * e, rows);
        let from = self.span(stage, parts);
        let (grid, tile) = grid::tiles_each(e + 1, e, 4 * parts)?;
        let wgsl = sized(sizes, include_str!("../../kernels/attention/weights_back.wgsl"))
            .with("COLS", e as f64)
            .with("FROM", from as f64)
            .with("PARTS", parts as f64);
        let slots = vec![Read(x), Read(order), Read(seen), Read(dprojected), dy, Write(Place::Partials)];
        self.push("attention backward, weights", gather.join(&wgsl).join(&tile), slots, grid);
        Ok(())
    }

    /// The gradient by what came in, of stage `i` whose gradients by queries, keys and values are there.
    pub(super) fn attention_input(&mut self, i: usize, stage: &Stage, sizes: &Attention, previous: &Stage) -> Result<(), SpecError> {
        let (grid, tile) = grid::tiles(self.batch * sizes.positions, sizes.channels, 1)?;
        let wgsl = passing_back(Some(stage), previous).0.join(&back_through(stage, sizes, 0, 3)).join(&tile);
        let before = [Read(Place::Output(i - 1)), Read(Place::Kept(i - 1))];
        let slots = [&[Read(Place::ProjectedGradient), Read(self.seen())][..], &before, &[Write(Place::Gradient(i - 1))]].concat();
        self.push("attention backward, input", wgsl, slots, grid);
        Ok(())
    }
}

/// A product for each pair of positions of a head: of what has so many values a position, and its keys (1) or values (2).
fn between(sizes: &Attention, width: usize, which: usize) -> Wgsl {
    sized(sizes, include_str!("../../kernels/attention/pairs.wgsl"))
        .with("COLS", sizes.positions as f64)
        .with("WIDTH", width as f64)
        .with("WHICH", which as f64)
}

/// Back through `count` of the four matrices, from the one numbered `first` on.
fn back_through(stage: &Stage, sizes: &Attention, first: usize, count: usize) -> Wgsl {
    sized(sizes, include_str!("../../kernels/attention/project_back.wgsl"))
        .with("FIRST", first as f64)
        .with("OUTPUTS", (count * sizes.channels) as f64)
        .with("COLS", sizes.channels as f64)
        .with("START", stage.start as f64)
}
