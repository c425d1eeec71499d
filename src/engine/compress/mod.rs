//! Makes a trained network small: prune, shrink, quantize, pack.

mod bias;
mod calibration;
mod equalize;
mod inputs;
mod report;
mod round;
pub(in crate::engine) mod shrink;
mod thresholds;

use super::{
    catalog::Pick,
    error::SpecError,
    inference::Runner,
    layers::Op,
    network::Network,
    packed::{ActivationScale, PackedLayer, PackedModel, Skips, Weights},
    pruning::{self, Manual, Mask, Pruned},
    quantization::{self, ValueRange, WIDTHS, rounding},
    train::Rounding,
};
use crate::kernels::{matmul_i8, spmm};
pub use calibration::{Calibration, Labels};
pub use equalize::{Factors, Layer, equalize};
use shrink::Slim;
pub use thresholds::sparse_pays;

/// Samples from which the ranges of activations are taken, at most: more hardly move them, and take time at each change.
pub const CALIBRATION_SAMPLES: usize = 128;

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Share of weights (or units) to remove, 0 to 0.99.
    pub sparsity: f64,
    /// Which ones: a pick of [`pruning::CATALOG`].
    pub pruner: Pick,
    /// Bits per weight, one of [`quantization::WIDTHS`].
    pub bits: u32,
    /// One step size per output unit instead of one per layer.
    pub per_channel: bool,
    /// To which of the two levels around it a weight goes: a pick of [`rounding::CATALOG`].
    pub rounder: Pick,
    /// Whether neighbouring layers first share the range of their weights out ([`equalize()`]).
    pub equalize: bool,
    /// Whether biases take back what rounding adds to answers on average.
    pub correct_bias: bool,
    /// 32 or 8.
    pub activation_bits: u32,
    /// Range of what comes into each layer, where quantization-aware training has learnt it; empty otherwise. Those that are known
    /// take the place of measured ones: the model then rounds as training did.
    pub ranges: Vec<ValueRange>,
}

impl Settings {
    /// What quantization-aware training rounds to for this storage; `None` for floats.
    #[must_use]
    pub fn rounding(&self) -> Option<Rounding> {
        let Self { bits, per_channel, activation_bits, .. } = *self;
        (bits < 32).then_some(Rounding { bits, per_channel, activations: activation_bits == 8 })
    }
}

impl Default for Settings {
    /// Nothing removed and nothing rounded.
    fn default() -> Self {
        Self {
            sparsity: 0.0,
            pruner: Pick::new("global-magnitude"),
            bits: 32,
            per_channel: true,
            rounder: Pick::new("nearest"),
            equalize: false,
            correct_bias: false,
            activation_bits: 32,
            ranges: Vec::new(),
        }
    }
}

/// The small model and what became of the weights. Lists are per layer of the original network.
#[derive(Clone, Debug, PartialEq)]
pub struct Compressed {
    /// The model that runs and is stored.
    pub model: PackedModel,
    /// Removed units (neurons, filters) of each layer, in rising order.
    pub removed: Vec<Vec<usize>>,
    /// By what the weights that are left were multiplied before they were rounded; empty where they were not.
    pub factors: Vec<Option<Factors>>,
    /// How many in all.
    pub units_removed: u64,
    /// Units that could be removed: those of all layers with weights but the last.
    pub units: u64,
    /// Share of weights that are exactly zero or gone.
    pub sparsity: f32,
    /// The same per layer; 0 for layers without weights.
    pub layer_sparsity: Vec<f32>,
    /// Root-mean-square difference of the weights from the original ones, relative to their root mean square.
    pub weight_error: Vec<f32>,
    /// What runs each layer: "f32", "int4", "int8 × int8", "sparse f32", …; empty for layers without arithmetic.
    pub kernels: Vec<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Compresses `network` with its flat `params`. `manual` overrides the pruner weight by weight; `calibration` holds a few training
/// samples, from which the ranges of 8-bit activations are taken (unused where they stay floats).
///
/// Errors: an unknown pruner, a sparsity or width out of range, weights that are not finite.
pub fn compress(
    network: &Network,
    params: &[f32],
    manual: Option<&Manual>,
    settings: &Settings,
    calibration: &Calibration<'_>,
) -> Result<Compressed, SpecError> {
    check(params, settings)?;
    let mut notes = Vec::new();
    let (kept, removed) = prune(network, params, manual, settings)?;
    let (mut slim, approximate) = shrink::shrink(network, &kept, &removed);
    // Weights that were rounded in training are stored as they were trained.
    let learnt = !settings.ranges.is_empty();
    let factors = if settings.equalize && settings.bits < 32 && !learnt { share_ranges(&mut slim) } else { Vec::new() };
    let layers = slim.iter().map(|layer| pack(layer, settings)).collect();
    let mut model = PackedModel { input: network.input().clone(), layers };
    report::folded(&approximate, &mut notes);
    report::rounded_in_training(settings, learnt, &mut notes);
    if settings.bits < 32 && !learnt {
        refine(&mut model, &slim, settings, calibration.inputs, &mut notes)?;
    }
    choose_kernels(&mut model, settings, &mut notes);
    if settings.activation_bits == 8 {
        calibrate(&mut model, settings, calibration.inputs, &mut notes)?;
    }
    let losses = report::losses(network, params, (&slim, &factors), &model);
    report::emptied(&model, &losses.layer_sparsity, &mut notes);
    report::one_bit(settings.bits, &model, &mut notes);
    report::depthwise(&model, settings.activation_bits, &mut notes);
    let runner = Runner::new(&model)?;
    Ok(Compressed {
        kernels: (0..runner.layers()).map(|i| runner.kernel(i)).collect(),
        model,
        units_removed: removed.iter().map(|r| r.len() as u64).sum(),
        units: pruning::removable(network) as u64,
        removed,
        factors,
        sparsity: losses.sparsity,
        layer_sparsity: losses.layer_sparsity,
        weight_error: losses.weight_error,
        notes,
    })
}

fn check(params: &[f32], settings: &Settings) -> Result<(), SpecError> {
    if !(0.0..=0.99).contains(&settings.sparsity) {
        return Err(SpecError::OutOfRange { field: "prune".into(), value: settings.sparsity.to_string(), min: 0.0, max: 0.99 });
    }
    let unreadable = |field: &str, value: u32, expected: &str| SpecError::Unreadable {
        field: field.into(),
        value: value.to_string(),
        expected: expected.into(),
    };
    if !WIDTHS.contains(&settings.bits) {
        return Err(unreadable("bits", settings.bits, "one of 32, 8, 6, 5, 4, 3, 2, 1"));
    }
    if ![8, 32].contains(&settings.activation_bits) {
        return Err(unreadable("act", settings.activation_bits, "one of 32, 8"));
    }
    if params.iter().any(|p| !p.is_finite()) {
        let reason = "the weights are no longer numbers (training diverged); go back to an earlier step".into();
        return Err(SpecError::Incompatible { field: "prune".into(), reason });
    }
    Ok(())
}

/// The parameters with pruned weights at zero, and the units to take out.
fn prune(
    network: &Network,
    params: &[f32],
    manual: Option<&Manual>,
    settings: &Settings,
) -> Result<(Vec<f32>, Vec<Vec<usize>>), SpecError> {
    let (entry, values) = pruning::CATALOG.resolve(&settings.pruner)?;
    let Pruned { mut mask, removed } = (entry.build)(&values).prune(network, params, settings.sparsity);
    if removed.iter().any(|r| !r.is_empty()) {
        // Taking units out is the next step's work, which needs their biases and outgoing weights.
        mask = Mask::all(params.len());
    }
    if let Some(manual) = manual {
        manual.apply(&mut mask);
    }
    let mut kept = params.to_vec();
    mask.apply(&mut kept);
    Ok((kept, removed))
}

fn pack(layer: &Slim, settings: &Settings) -> PackedLayer {
    let weights = layer.matrix.as_ref().map(|m| {
        let size = (m.rows.len(), m.columns.len());
        match settings.bits {
            32 => Weights::dense(size.0, size.1, m.weights.clone()),
            bits => quantization::quantize(&m.weights, size, bits, settings.per_channel),
        }
    });
    let bias = layer.matrix.as_ref().map_or_else(Vec::new, |m| m.bias.clone());
    PackedLayer { op: layer.op.clone(), weights, bias, activation: None }
}

/// Equalizes what is left of the layers.
fn share_ranges(slim: &mut [Slim]) -> Vec<Option<Factors>> {
    let mut layers: Vec<Layer<'_>> = slim
        .iter_mut()
        .map(|Slim { op, matrix }| {
            let (weights, bias) = matrix.as_mut().map_or((&mut [][..], &mut [][..]), |m| (&mut m.weights[..], &mut m.bias[..]));
            Layer { op, weights, bias }
        })
        .collect();
    equalize(&mut layers)
}

/// Rounds weights anew where that was asked for, and corrects biases: what looks at training samples.
fn refine(
    model: &mut PackedModel,
    slim: &[Slim],
    settings: &Settings,
    calibration: &[f32],
    notes: &mut Vec<String>,
) -> Result<(), SpecError> {
    let (entry, values) = rounding::CATALOG.resolve(&settings.rounder)?;
    let rounder = (entry.build)(&values);
    if !rounder.looks() && !settings.correct_bias {
        return Ok(());
    }
    let floats = |layer: &Slim| pack(layer, &Settings { bits: 32, ..settings.clone() });
    let floats = PackedModel { input: model.input.clone(), layers: slim.iter().map(floats).collect() };
    let samples = CALIBRATION_SAMPLES * model.input.len().max(1);
    let calibration = &calibration[..calibration.len().min(samples)];
    if rounder.looks() {
        let rows = inputs::rows(&floats, calibration, |_| true)?;
        round::round(model, slim, &rows, rounder.as_ref());
        report::rounded(entry.label, model, notes);
    }
    if settings.correct_bias {
        bias::correct(model, &floats, calibration)?;
    }
    Ok(())
}

/// Lets layers with enough zeros, or zeros in the right places, run on a kernel that skips them, and says so where they have some, but too few.
fn choose_kernels(model: &mut PackedModel, settings: &Settings, notes: &mut Vec<String>) {
    for (i, layer) in model.layers.iter_mut().enumerate() {
        // A depthwise convolution has one kernel.
        let (Some(weights), false) = (&mut layer.weights, matches!(layer.op, Op::Depthwise(_))) else { continue };
        let (zeros, pays) = (report::zeros(weights), sparse_pays(&layer.op, settings.bits, settings.activation_bits));
        weights.skips = if zeros >= pays && weights.inputs <= spmm::MAX_INPUTS {
            Skips::Zeros
        } else if zeros > 0.0 && weights.is_semi_structured() {
            // At batch 1 up to 1.4 (2:4) and 3.2 (1:4) times faster than dense; at larger batches 2:4 is slower (docs/benchmarks.md).
            Skips::OfFour
        } else {
            Skips::Nothing
        };
        if weights.skips == Skips::Nothing && zeros >= 0.3 {
            notes.push(report::dense_in_spite(i, zeros, pays));
        }
    }
}

/// Gives each layer with whole-number weights the grid of what comes into it: over the range that training has learnt, or else over
/// that which is measured on the packed model with float activations.
fn calibrate(model: &mut PackedModel, settings: &Settings, calibration: &[f32], notes: &mut Vec<String>) -> Result<(), SpecError> {
    if settings.bits == 32 {
        notes.push("Activations stay 32-bit: integer arithmetic needs weights of 8 bits or fewer.".into());
        return Ok(());
    }
    let mut ranges = settings.ranges.clone();
    ranges.resize(model.layers.len(), ValueRange::NOTHING);
    if model.layers.iter().zip(&ranges).any(|(layer, range)| layer.weights.is_some() && !range.is_known()) {
        for (range, measured) in ranges.iter_mut().zip(measure(model, calibration)?).filter(|(range, _)| !range.is_known()) {
            *range = measured;
        }
    }
    for (i, (layer, ValueRange { min, max })) in model.layers.iter_mut().zip(ranges).enumerate() {
        let (Some(weights), false) = (&layer.weights, matches!(layer.op, Op::Depthwise(_))) else { continue };
        if weights.inputs > matmul_i8::MAX_INPUTS {
            notes.push(format!("Layer {} keeps 32-bit activations: sums over {} inputs could overflow.", i + 1, weights.inputs));
        } else {
            layer.activation = Some(ActivationScale::from_range(min, max));
        }
    }
    Ok(())
}

/// Range of what comes into each layer with weights for the samples `calibration[B, I]`; it holds 0.
fn measure(model: &PackedModel, calibration: &[f32]) -> Result<Vec<ValueRange>, SpecError> {
    let input = model.input.len().max(1);
    let mut ranges = vec![ValueRange { min: 0.0, max: 0.0 }; model.layers.len()];
    let mut runner = Runner::new(model)?;
    for x in calibration[..calibration.len().min(CALIBRATION_SAMPLES * input)].chunks(runner.block() * input) {
        let batch = x.len() / input;
        runner.run(&x[..batch * input], batch);
        for (i, range) in ranges.iter_mut().enumerate().filter(|(i, _)| model.layers[*i].weights.is_some()) {
            range.include(runner.input_of(i, x, batch));
        }
    }
    Ok(ranges)
}
