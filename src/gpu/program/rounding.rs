//! Kernels of quantization-aware training: see `engine/train/fake_quantize.rs`.

use super::{
    Place, Program,
    Slot::{self, Read, Write},
    gather, grid, reduce, source,
    stages::Stage,
};
use crate::{
    engine::{
        error::SpecError,
        quantization::{Granularity, max_code},
        train::Rounding,
    },
    kernels::wgsl::Wgsl,
};

/// Bits per weight for which the step size is searched for.
const SEARCHED: std::ops::RangeInclusive<u32> = 2..=4;

/// Whether there are kernels that round so. Errors: there are none.
pub(super) fn check(rounding: Option<Rounding>) -> Result<(), SpecError> {
    match rounding {
        Some(rounding) if !rounding.weights.is_plain() || ![8, 32].contains(&rounding.activation_bits) => {
            let reason = "the GPU rounds to symmetric weights, per tensor or per channel and over the range chosen by width (it learns no step sizes), and to 8-bit activations";
            Err(SpecError::Incompatible { field: "qat".into(), reason: reason.into() })
        }
        _ => Ok(()),
    }
}

impl Program {
    /// Before the forward pass: the weights of every stage, rounded. `layers` is how many the network has.
    pub(super) fn round_weights(&mut self, stages: &[Stage], layers: usize) -> Result<(), SpecError> {
        let Some(Rounding { weights, .. }) = self.rounding else { return Ok(()) };
        let (bits, per_channel) = (weights.bits, weights.granularity == Granularity::Channel);
        self.reserve(Place::Rounded, self.lengths[&Place::Params]);
        self.reserve(Place::Ranges, 2 * layers);
        self.reserve(Place::Extremes, 2 * layers);
        let levels = if bits == 1 { 0 } else { max_code(bits) };
        for stage in stages {
            let Some((rows, units)) = stage.matrix else { continue };
            let wgsl = reduce::added_up()
                .join(&reduce::largest())
                .join(&Wgsl::new(include_str!("../wgsl/round_weights.wgsl")))
                .with("START", stage.start as f64)
                .with("ROWS", rows as f64)
                .with("UNITS", units as f64)
                .with("BIASES", stage.params.saturating_sub(rows * units) as f64)
                .with("PER_UNIT", f64::from(u8::from(per_channel)))
                .with("LEVELS", f64::from(levels))
                .with("SEARCH", f64::from(u8::from(SEARCHED.contains(&bits))));
            let slots = vec![Read(Place::Params), Write(Place::Rounded), Write(Place::Traits)];
            self.push("round weights", wgsl, slots, [grid::within(if per_channel { units } else { 1 })?, 1, 1]);
        }
        Ok(())
    }

    /// Before stage `i`: what comes into it, rounded where it asks for that.
    pub(super) fn round_input(&mut self, i: usize, stage: &Stage) -> Result<(), SpecError> {
        if !stage.rounds_input {
            return Ok(());
        }
        let values = self.batch * stage.input;
        self.reserve(Place::Input(i), values);
        let (x, order, gather) = source(i, true);
        let file = Wgsl::new(include_str!("../wgsl/round_input.wgsl")).with("WIDTH", stage.input as f64);
        let wgsl = gather.join(&input_grid(stage)).join(&reduce::extremes()).join(&file).join(&grid::flat_wgsl());
        let slots = vec![Read(x), Read(order), Read(Place::Ranges), Write(Place::Input(i)), Write(Place::Extremes)];
        self.push("round input", wgsl, slots, grid::flat(values)?);
        Ok(())
    }

    /// After the backward pass: ranges follow what came in.
    pub(super) fn ranges(&mut self, stages: &[Stage], layers: usize) -> Result<(), SpecError> {
        if stages.iter().any(|stage| stage.rounds_input) {
            let wgsl = Wgsl::new(include_str!("../wgsl/ranges.wgsl")).with("LAYERS", layers as f64);
            self.push("ranges", wgsl.join(&grid::flat_wgsl()), vec![Write(Place::Ranges), Write(Place::Extremes)], grid::flat(layers)?);
        }
        Ok(())
    }

    /// The parameters that layers compute with.
    pub(super) fn seen(&self) -> Place {
        if self.rounding.is_some() { Place::Rounded } else { Place::Params }
    }
}

/// As [`source`], for a stage whose input may have been rounded.
pub(super) fn rounded_source(i: usize, stage: &Stage, train: bool) -> (Place, Place, Wgsl) {
    if stage.rounds_input { (Place::Input(i), Place::Nothing, gather(false)) } else { source(i, train) }
}

/// The end of a kernel that passes a gradient by the input of `stage`, or of the loss, back to the stage `previous`, and what it reads more.
pub(super) fn passing_back(stage: Option<&Stage>, previous: &Stage) -> (Wgsl, Option<Slot>) {
    let slope = previous.activation.clone();
    match stage.filter(|stage| stage.rounds_input) {
        Some(stage) => {
            let file = Wgsl::new(include_str!("../wgsl/pass_back_rounded.wgsl"));
            (slope.join(&input_grid(stage)).join(&file), Some(Read(Place::Ranges)))
        }
        None => (slope.join(&Wgsl::new(include_str!("../wgsl/pass_back.wgsl"))), None),
    }
}

fn input_grid(stage: &Stage) -> Wgsl {
    Wgsl::new(include_str!("../wgsl/input_grid.wgsl")).with("LAYER", stage.layer as f64)
}
