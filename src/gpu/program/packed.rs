//! Inference of a model in the form in which it is stored.
//!
//! Weights that are whole numbers stay so: packed, and unpacked where they are multiplied. Where activations are whole numbers too, a kernel
//! makes codes of them before the layer, and its sums are exact. Weights that are floats run as in a network, or, where a unit keeps two of every four,
//! as those two with their positions. Floats of 16 bits are widened where they are multiplied (`halves.rs`). Zeros of any other sparse matrix are multiplied: invocations go in step, so that skipping weights here
//! and there saves a GPU no time. A depthwise layer multiplies floats, as on the CPU.

use super::{
    Place, Program,
    Slot::{Read, Write},
    forward::{sizes, unfolded},
    grid, reduce, source,
    stages::{self, Part, Stage, StageOp},
};
use crate::{
    engine::{
        error::SpecError,
        layers::{Conv2dShape, Op},
        packed::{ActivationScale, PackedLayer, PackedModel, Skips, Values, Weights, output_len},
    },
    kernels::{
        matmul_i8,
        semi_structured::{GROUP, MOST_KEPT, most_kept},
        small_floats::Kind,
        wgsl::Wgsl,
    },
};

/// What a GPU's WGSL can do beyond what all can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Has `dot4I8Packed`: the language feature `packed_4x8_integer_dot_product`.
    pub dot4: bool,
    /// Has floats of 16 bits: the feature `shader-f16`.
    pub f16: bool,
    /// Adds up within a subgroup, and finds the largest: the feature `subgroups`.
    pub subgroups: bool,
}

/// A program, and what lies in its buffers from the beginning.
#[derive(Clone, Debug, PartialEq)]
pub struct Packed {
    /// What runs.
    pub program: Program,
    /// Weights of all layers, as words.
    pub contents: Vec<(Place, Vec<u32>)>,
    /// Values of an input sample.
    pub inputs: usize,
    /// Values of an output sample.
    pub outputs: usize,
}

impl Packed {
    /// Outputs of `model` for up to `batch` samples that lie in [`Place::Inputs`]. Errors: an unknown activation, a batch too large for the
    /// GPU's grids, sums too long for 32 bits, whole-number activations beside groups or zero points.
    pub fn new(model: &PackedModel, batch: usize, abilities: Abilities) -> Result<Self, SpecError> {
        if model.layers.iter().any(|layer| layer.activation.is_some() && layer.weights.as_ref().is_some_and(|w| !w.can_skip())) {
            let reason = "the GPU has no kernel for whole-number activations beside scales of groups or zero points of weights";
            return Err(SpecError::Incompatible { field: "scale".into(), reason: reason.into() });
        }
        let mut params = Vec::new();
        let mut values = model.input.len();
        let parts = model.layers.iter().map(|layer| {
            let start = params.len();
            if form(layer).is_none() {
                params.extend(layer.weights.iter().flat_map(Weights::to_f32).chain(layer.bias.iter().copied()).map(f32::to_bits));
            }
            values = output_len(&layer.op, values);
            Part { op: layer.op.clone(), output: values, span: start..params.len(), noise: None, momentum: None, rounds_input: false }
        });
        let stages = stages::chain(model.input.len(), parts)?;
        let program = Program::empty(&stages, params.len(), batch)?;
        let mut packed = Self { program, contents: vec![(Place::Params, params)], inputs: model.input.len(), outputs: model.outputs() };
        for (i, stage) in stages.iter().enumerate() {
            packed.program.reserve(Place::Output(i), batch * stage.output);
            packed.program.reserve(Place::Kept(i), 1);
            packed.stage(i, stage, model.layers.get(stage.layer), abilities)?;
        }
        packed.program = packed.program.with(abilities);
        Ok(packed)
    }

    fn stage(&mut self, i: usize, stage: &Stage, layer: Option<&PackedLayer>, abilities: Abilities) -> Result<(), SpecError> {
        let Some((layer, weights, form)) = layer.and_then(|layer| Some((layer, layer.weights.as_ref()?, form(layer)?))) else {
            return match &stage.op {
                StageOp::Dense => self.program.dense_f32(i, stage),
                _ => self.program.forward_stage(i, stage, false),
            };
        };
        let rows = match &stage.op {
            StageOp::Conv2d(shape) => Rows::Patches(*shape),
            _ => Rows::Samples(weights.inputs),
        };
        match form {
            Form::Codes => {}
            Form::OfFour { values, kept } => {
                self.of_four(i, (values, kept), weights, &layer.bias);
                return self.program.floats_of_four(i, stage, rows, kept, weights.units);
            }
            Form::Halves { kind, codes } => {
                let matrix = self.halves(i, weights, (kind, codes), &layer.bias, abilities);
                return self.program.floats_times_halves(i, stage, (rows, weights.units), (&matrix, kind), (weights.inputs, abilities));
            }
        }
        let matrix = self.matrix(i, weights, layer);
        match layer.activation {
            None => self.program.floats_times_codes(i, stage, rows, &matrix, weights.units),
            Some(activation) => self.program.codes_times_codes(i, stage, (rows, activation), &matrix, weights, abilities),
        }
    }

    /// Puts the weights of stage `i`, `kept` of every four, into their buffers, with positions and biases.
    fn of_four(&mut self, i: usize, (values, kept): (&[f32], usize), weights: &Weights, bias: &[f32]) {
        let (inputs, units) = (weights.inputs, weights.units);
        let groups = inputs.div_ceil(GROUP);
        let mut words = vec![0; groups * kept * units];
        let mut positions = vec![0; groups.div_ceil(8) * units];
        for n in 0..units {
            for g in 0..groups {
                let group = (0..GROUP.min(inputs - GROUP * g)).map(|p| (p, values[(GROUP * g + p) * units + n]));
                for (j, (position, value)) in group.filter(|(_, value)| *value != 0.0).enumerate() {
                    words[(g * kept + j) * units + n] = value.to_bits();
                    positions[g / 8 * units + n] |= (position as u32) << (4 * (g % 8) + 2 * j);
                }
            }
        }
        words.extend(bias.iter().copied().map(f32::to_bits));
        self.program.reserve(Place::Weights(i), words.len());
        self.program.reserve(Place::Positions(i), positions.len());
        self.contents.push((Place::Weights(i), words));
        self.contents.push((Place::Positions(i), positions));
    }

    /// Puts codes and units of stage `i` into their buffers; gives the text that reads them.
    fn matrix(&mut self, i: usize, weights: &Weights, layer: &PackedLayer) -> Wgsl {
        let codes = weights.codes();
        let stored = stored_bits(weights.bits());
        let rows = || codes.chunks_exact(weights.inputs.max(1));
        let sums = rows().map(|row| row.iter().map(|code| i32::from(*code)).sum::<i32>()).chain(std::iter::repeat(0));
        let scales = scales(weights);
        let (step, zero) = layer.activation.map_or((1.0, 0), |a| (a.scale, a.zero));
        let units = sums.zip(&layer.bias).take(weights.units).enumerate();
        let units: Vec<u32> = units
            .flat_map(|(n, (sum, bias))| {
                [(step * scales[if scales.len() == 1 { 0 } else { n }]).to_bits(), bias.to_bits(), zero.wrapping_mul(sum) as u32]
            })
            .collect();
        let words: Vec<u32> = rows().flat_map(|row| pack(row, stored)).collect();
        self.program.reserve(Place::Weights(i), words.len());
        self.program.reserve(Place::Units(i), units.len());
        self.contents.push((Place::Weights(i), words));
        self.contents.push((Place::Units(i), units));
        Wgsl::new(include_str!("../../kernels/matmul_low_bit/codes.wgsl"))
            .with("BITS", f64::from(stored))
            .with("ROW_WORDS", pitch(weights.inputs, stored) as f64)
    }
}

/// The left matrix of a layer's product.
#[derive(Clone, Copy)]
pub(super) enum Rows {
    /// A row a sample, of so many inputs.
    Samples(usize),
    /// A row an output of a convolution: the patch it sees.
    Patches(Conv2dShape),
}

impl Rows {
    /// How many for `batch` samples.
    pub(super) fn count(&self, batch: usize) -> usize {
        match self {
            Self::Samples(_) => batch,
            Self::Patches(shape) => batch * shape.positions(),
        }
    }

    /// The text that reads them as floats.
    pub(super) fn floats(&self) -> Wgsl {
        match self {
            Self::Samples(inputs) => Wgsl::new(include_str!("../../kernels/matmul_low_bit/samples.wgsl")).with("INPUTS", *inputs as f64),
            Self::Patches(shape) => unfolded(shape).join(&Wgsl::new(include_str!("../../kernels/matmul_low_bit/patches.wgsl"))),
        }
    }

    /// The text that reads them as codes.
    fn codes(&self, activation: ActivationScale) -> Wgsl {
        match self {
            Self::Samples(inputs) => Wgsl::new(include_str!("../../kernels/matmul_i8/samples.wgsl")).with("INPUTS", *inputs as f64),
            Self::Patches(shape) => Wgsl { files: vec![include_str!("../../kernels/matmul_i8/patches.wgsl")], constants: sizes(shape) }
                .with("CHANNELS", shape.input.2 as f64)
                .with("ZERO", f64::from(activation.zero as u8)),
        }
    }
}

impl Program {
    /// A dense layer in floats.
    fn dense_f32(&mut self, i: usize, stage: &Stage) -> Result<(), SpecError> {
        let Some(grid) = grid::few_rows(self.batch, stage.output, 32) else { return self.forward_stage(i, stage, false) };
        let (x, order, gather) = source(i, false);
        let wgsl = ending(gather, stage)
            .join(&Wgsl::new(include_str!("../../kernels/matmul_f32/forward.wgsl")))
            .join(&Wgsl::new(include_str!("../../kernels/matmul_f32/row.wgsl")))
            .with("INPUTS", stage.input as f64)
            .with("COLS", stage.output as f64)
            .with("START", stage.start as f64);
        let slots = vec![Read(x), Read(Place::Params), Read(order), Write(Place::Output(i)), Write(Place::Kept(i))];
        self.push("dense forward, few rows", wgsl, slots, grid);
        Ok(())
    }

    /// Floats times the floats that a unit keeps of every four.
    fn floats_of_four(&mut self, i: usize, stage: &Stage, rows: Rows, kept: usize, units: usize) -> Result<(), SpecError> {
        let (x, order, gather) = source(i, false);
        let count = rows.count(self.batch);
        let (grid, tile) = match grid::few_rows(count, units, 32) {
            Some(grid) => (grid, include_str!("../../kernels/semi_structured/row.wgsl")),
            None => {
                let [x, y] = [count, units].map(|edge| grid::within(edge.div_ceil(16)));
                ([x?, y?, 1], include_str!("../../kernels/semi_structured/small.wgsl"))
            }
        };
        let right = Wgsl::new(include_str!("../../kernels/semi_structured/semi_structured.wgsl"))
            .with("COLS", units as f64)
            .with("KEPT", kept as f64);
        let wgsl = ending(gather, stage).join(&rows.floats()).join(&right).join(&Wgsl::new(tile));
        let (y, kept) = (Write(Place::Output(i)), Write(Place::Kept(i)));
        let slots = vec![Read(x), Read(Place::Weights(i)), Read(Place::Positions(i)), Read(order), y, kept];
        self.push("floats × some of every four", wgsl, slots, grid);
        Ok(())
    }

    /// Floats times whole numbers.
    fn floats_times_codes(&mut self, i: usize, stage: &Stage, rows: Rows, matrix: &Wgsl, units: usize) -> Result<(), SpecError> {
        let (x, order, gather) = source(i, false);
        let (grid, tile) = match grid::few_rows(rows.count(self.batch), units, 1) {
            Some(grid) => (grid, low_bit_row()),
            None => grid::tiles(rows.count(self.batch), units, 1)?,
        };
        let right = Wgsl::new(include_str!("../../kernels/matmul_low_bit/matmul_low_bit.wgsl")).with("COLS", units as f64);
        let wgsl = ending(gather, stage).join(matrix).join(&rows.floats()).join(&right).join(&tile);
        let (y, kept) = (Write(Place::Output(i)), Write(Place::Kept(i)));
        self.push("floats × codes", wgsl, vec![Read(x), Read(Place::Weights(i)), Read(Place::Units(i)), Read(order), y, kept], grid);
        Ok(())
    }

    /// Whole numbers times whole numbers, after a kernel that makes whole numbers of floats.
    fn codes_times_codes(
        &mut self,
        i: usize,
        stage: &Stage,
        (rows, activation): (Rows, ActivationScale),
        matrix: &Wgsl,
        weights: &Weights,
        abilities: Abilities,
    ) -> Result<(), SpecError> {
        if weights.inputs > matmul_i8::MAX_INPUTS {
            let (value, limit) = (weights.inputs as u64, matmul_i8::MAX_INPUTS as u64);
            return Err(SpecError::TooLarge { what: "inputs of a layer of whole numbers".into(), value, limit });
        }
        self.quantize(i, stage.input, activation)?;
        let count = rows.count(self.batch);
        let (grid, tile) = match grid::few_rows(count, weights.units, 1) {
            Some(grid) => (grid, reduce::added_up().join(&Wgsl::new(include_str!("../../kernels/matmul_i8/row.wgsl")))),
            None => grid::tiles_i8(count, weights.units)?,
        };
        let dot = match abilities.dot4 {
            true => include_str!("../../kernels/matmul_i8/dot.wgsl"),
            false => include_str!("../../kernels/matmul_i8/dot_portable.wgsl"),
        };
        let right = Wgsl::new(include_str!("../../kernels/matmul_i8/weights.wgsl")).with("COLS", weights.units as f64);
        let wgsl = ending(Wgsl::default(), stage).join(matrix).join(&rows.codes(activation)).join(&right).join(&Wgsl::new(dot)).join(&tile);
        let (y, kept) = (Write(Place::Output(i)), Write(Place::Kept(i)));
        self.push("codes × codes", wgsl, vec![Read(Place::Codes(i)), Read(Place::Weights(i)), Read(Place::Units(i)), y, kept], grid);
        Ok(())
    }

    /// What comes into stage `i`, `width` values a sample, as codes.
    fn quantize(&mut self, i: usize, width: usize, activation: ActivationScale) -> Result<(), SpecError> {
        let words = self.batch * width.div_ceil(4);
        let (x, ..) = source(i, false);
        let wgsl = Wgsl::new(include_str!("../wgsl/quantize.wgsl"))
            .with("WIDTH", width as f64)
            .with("INVERSE", f64::from(1.0 / activation.scale))
            .with("LOW", f64::from(activation.ends().0))
            .with("HIGH", f64::from(activation.ends().1))
            .with("ZERO", f64::from(activation.zero))
            .join(&grid::flat_wgsl());
        self.reserve(Place::Codes(i), words);
        self.push("quantize", wgsl, vec![Read(x), Write(Place::Codes(i))], grid::flat(words)?);
        Ok(())
    }
}

/// The product for few rows.
pub(super) fn low_bit_row() -> Wgsl {
    reduce::added_up().join(&Wgsl::new(include_str!("../../kernels/matmul_low_bit/row.wgsl")))
}

/// The text that reads samples, and what becomes of a sum.
pub(super) fn ending(gather: Wgsl, stage: &Stage) -> Wgsl {
    gather.join(&stage.activation).join(&Wgsl::new(include_str!("../wgsl/finish.wgsl")))
}

/// What is not multiplied as a plain matrix of floats.
enum Form<'a> {
    /// Whole numbers.
    Codes,
    /// Floats `[K, N]` of which each unit keeps so many in every four inputs.
    OfFour { values: &'a [f32], kept: usize },
    /// Floats of 16 bits `[N, K]`.
    Halves { kind: Kind, codes: &'a [u16] },
}

/// The form of `layer`'s weights; `None` where its kernels take floats as they are.
fn form(layer: &PackedLayer) -> Option<Form<'_>> {
    let weights = layer.weights.as_ref().filter(|_| matches!(layer.op, Op::Dense { .. } | Op::Conv2d(_)))?;
    match (&weights.values, weights.skips) {
        (Values::Float { kind: kind @ (Kind::F16 | Kind::Bf16), codes, .. }, _) => Some(Form::Halves { kind: *kind, codes }),
        // Floats of 8 bits, shared ones, and grids that the kernels do not know, are widened here.
        (Values::Float { .. } | Values::Codebook { .. }, _) => None,
        (Values::Int { .. }, _) => weights.can_skip().then_some(Form::Codes),
        (Values::F32(values), Skips::OfFour) => {
            let kept = most_kept(values, (weights.inputs, weights.units));
            (kept <= MOST_KEPT).then_some(Form::OfFour { values, kept })
        }
        (Values::F32(_), _) => None,
    }
}

fn scales(weights: &Weights) -> &[f32] {
    match &weights.values {
        Values::Int { scales, .. } => scales,
        Values::F32(_) | Values::Float { .. } | Values::Codebook { .. } => &[1.0],
    }
}

/// Bits of a code of `bits` bits in a buffer: those that divide a byte.
fn stored_bits(bits: u32) -> u32 {
    bits.next_power_of_two().clamp(1, 8)
}

/// Words of a unit's `inputs` codes of `bits` bits.
fn pitch(inputs: usize, bits: u32) -> usize {
    inputs.div_ceil(32 / bits as usize)
}

/// A unit's codes as `codes.wgsl` reads them.
fn pack(row: &[i8], bits: u32) -> Vec<u32> {
    let fields = 8 / bits as usize;
    let mut words = vec![0_u32; pitch(row.len(), bits)];
    for (k, code) in row.iter().enumerate() {
        let field = if bits == 1 { u32::from(*code > 0) } else { *code as u8 as u32 & ((1 << bits) - 1) };
        let quad = k / 4;
        words[quad / fields] |= field << (8 * (k % 4) + bits as usize * (quad % fields));
    }
    words
}
