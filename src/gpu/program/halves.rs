//! Layers whose weights are floats of 16 bits: two bytes a weight on the GPU, too.

use super::{
    Abilities, Packed, Place, Program,
    Slot::{Read, Write},
    grid,
    packed::{Rows, ending, low_bit_row},
    source,
    stages::Stage,
};
use crate::{
    engine::{error::SpecError, packed::Weights},
    kernels::{small_floats::Kind, wgsl::Wgsl},
};

impl Packed {
    /// Puts the codes of stage `i` and its biases into their buffers; gives the text that reads the codes.
    pub(super) fn halves(
        &mut self,
        i: usize,
        weights: &Weights,
        (kind, codes): (Kind, &[u16]),
        bias: &[f32],
        abilities: Abilities,
    ) -> Wgsl {
        let pair = |pair: &[u16]| u32::from(pair[0]) | pair.get(1).map_or(0, |second| u32::from(*second) << 16);
        let words: Vec<u32> = codes.chunks_exact(weights.inputs.max(1)).flat_map(|row| row.chunks(2).map(pair)).collect();
        let biases: Vec<u32> = bias.iter().map(|b| b.to_bits()).collect();
        self.program.reserve(Place::Weights(i), words.len());
        self.program.reserve(Place::Units(i), biases.len());
        self.contents.push((Place::Weights(i), words));
        self.contents.push((Place::Units(i), biases));
        Wgsl::new(match (kind, abilities.f16) {
            (Kind::Bf16, _) => include_str!("../../kernels/small_floats/bf16.wgsl"),
            (_, true) => include_str!("../../kernels/small_floats/f16.wgsl"),
            (_, false) => include_str!("../../kernels/small_floats/f16_portable.wgsl"),
        })
    }
}

impl Program {
    /// Floats times floats of 16 bits of kind `kind`, which `matrix` reads.
    pub(super) fn floats_times_halves(
        &mut self,
        i: usize,
        stage: &Stage,
        (rows, units): (Rows, usize),
        (matrix, kind): (&Wgsl, Kind),
        (inputs, abilities): (usize, Abilities),
    ) -> Result<(), SpecError> {
        let (x, order, gather) = source(i, false);
        let (grid, tile) = match grid::few_rows(rows.count(self.batch), units, 1) {
            Some(grid) => (grid, low_bit_row()),
            None => grid::tiles(rows.count(self.batch), units, 1)?,
        };
        let right = Wgsl::new(include_str!("../../kernels/small_floats/small_floats.wgsl"))
            .with("COLS", units as f64)
            .with("UNIT_PITCH", inputs.next_multiple_of(2) as f64);
        let wgsl = ending(gather, stage).join(matrix).join(&rows.floats()).join(&right).join(&tile);
        let (y, kept) = (Write(Place::Output(i)), Write(Place::Kept(i)));
        let slots = vec![Read(x), Read(Place::Weights(i)), Read(Place::Units(i)), Read(order), y, kept];
        self.push("floats × floats of 16 bits", wgsl, slots, grid);
        if let Some(kernel) = self.kernels.last_mut().filter(|_| kind == Kind::F16 && abilities.f16) {
            // What a text enables stands before all else in it.
            kernel.wgsl = Wgsl::new(include_str!("../../kernels/small_floats/enable_f16.wgsl")).join(&kernel.wgsl);
        }
        Ok(())
    }
}
