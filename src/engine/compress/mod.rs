//! Makes a trained network small: prune, shrink, quantize, pack.

mod calibration;
mod report;
pub(in crate::engine) mod shrink;
mod thresholds;

use super::{
    catalog::Pick,
    error::SpecError,
    inference::Runner,
    layers::Op,
    network::Network,
    packed::{ActivationScale, PackedLayer, PackedModel, Skips, Weights},
    pruning::{self, Evidence, Manual, Mask, Pruned},
    quantization::{self, ValueRange, WIDTHS},
    train::Rounding,
};
use crate::kernels::{matmul_i8, spmm};
pub use calibration::{Calibration, Labels};
use shrink::Slim;
pub use thresholds::sparse_pays;

/// Samples from which the ranges of activations are taken, at most: more hardly move them, and take time at each change.
pub const CALIBRATION_SAMPLES: usize = 128;

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Share of weights (or units) to remove, 0 to 0.99.
    pub sparsity: f64,
    /// What goes: a pick of [`pruning::CATALOG`].
    pub pruner: Pick,
    /// What it is ranked by: a pick of [`pruning::criteria::CATALOG`].
    pub criterion: Pick,
    /// Bits per weight, one of [`quantization::WIDTHS`].
    pub bits: u32,
    /// One step size per output unit instead of one per layer.
    pub per_channel: bool,
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
            pruner: Pick::new("global"),
            criterion: Pick::new("magnitude"),
            bits: 32,
            per_channel: true,
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
    /// Which parameters of the network it keeps.
    pub kept: Mask,
    /// Removed units (neurons, filters) of each layer, in rising order.
    pub removed: Vec<Vec<usize>>,
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
/// samples, from which the ranges of 8-bit activations are taken (unused where they stay floats) and at which some criteria look.
///
/// Errors: an unknown pruner or criterion, two that do not suit each other, a criterion that needs what `calibration` does not hold, a sparsity or
/// width out of range, weights that are not finite.
pub fn compress(
    network: &Network,
    params: &[f32],
    manual: Option<&Manual>,
    settings: &Settings,
    calibration: &Calibration<'_>,
) -> Result<Compressed, SpecError> {
    check(params, settings)?;
    let mut notes = Vec::new();
    let Pruned { mask: kept, removed } = prune(network, params, manual, settings, calibration)?;
    let (slim, approximate) = shrink::shrink(network, &zeroed(params, manual, &kept, &removed), &removed);
    let layers = slim.iter().map(|layer| pack(layer, settings)).collect();
    let mut model = PackedModel { input: network.input().clone(), layers };
    report::folded(&approximate, &mut notes);
    choose_kernels(&mut model, settings, &mut notes);
    if settings.activation_bits == 8 {
        calibrate(&mut model, settings, calibration.inputs, &mut notes)?;
    }
    let losses = report::losses(network, params, &slim, &model);
    report::emptied(&model, &losses.layer_sparsity, &mut notes);
    report::one_bit(settings.bits, &model, &mut notes);
    report::depthwise(&model, settings.activation_bits, &mut notes);
    let runner = Runner::new(&model)?;
    Ok(Compressed {
        kernels: (0..runner.layers()).map(|i| runner.kernel(i)).collect(),
        model,
        kept,
        units_removed: removed.iter().map(|r| r.len() as u64).sum(),
        units: pruning::removable(network) as u64,
        removed,
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

/// What stays, and the units to take out.
fn prune(
    network: &Network,
    params: &[f32],
    manual: Option<&Manual>,
    settings: &Settings,
    calibration: &Calibration<'_>,
) -> Result<Pruned, SpecError> {
    let choice = pruning::Choice { scope: &settings.pruner, criterion: &settings.criterion };
    let mut pruned = choice.prune(&Evidence::new(network, params, calibration), settings.sparsity)?;
    if let Some(manual) = manual {
        manual.apply(&mut pruned.mask);
    }
    Ok(pruned)
}

/// The parameters with pruned weights at zero.
fn zeroed(params: &[f32], manual: Option<&Manual>, kept: &Mask, removed: &[Vec<usize>]) -> Vec<f32> {
    let mut zeroed = params.to_vec();
    if removed.iter().any(|r| !r.is_empty()) {
        // Taking units out is the next step's work, which needs their biases and outgoing weights.
        let mut mask = Mask::all(params.len());
        if let Some(manual) = manual {
            manual.apply(&mut mask);
        }
        mask.apply(&mut zeroed);
    } else {
        kept.apply(&mut zeroed);
    }
    zeroed
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
