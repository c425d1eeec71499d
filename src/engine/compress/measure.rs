//! Ranges of activations, measured on the packed model.

use super::{Settings, report};
use crate::{
    engine::{
        error::SpecError,
        inference::Runner,
        packed::{ActivationScale, PackedModel, Values, seen_by_head},
        quantization::{
            ValueRange,
            calibration::{BATCH, CATALOG, Calibrator, Needs, Seen},
        },
    },
    kernels::matmul_i8,
};

/// Gives each layer with whole-number weights the grid of what comes into it: over the range that training has learnt, or else over
/// that which is measured on the packed model with float activations. `clips` says of each layer up to which share of all that came in, where that was
/// set by hand.
pub fn calibrate(
    model: &mut PackedModel,
    settings: &Settings,
    clips: &[Option<f64>],
    calibration: &[f32],
    notes: &mut Vec<String>,
) -> Result<(), SpecError> {
    let (entry, values) = CATALOG.resolve(&settings.calibration)?;
    let whole = |weights: &Values| matches!(weights, Values::Int { .. });
    if !model.layers.iter().filter_map(|layer| layer.weights.as_ref()).any(|weights| whole(&weights.values)) {
        notes.push("Activations stay 32-bit: integer arithmetic needs weights that are whole numbers of 8 bits or fewer.".into());
        return Ok(());
    }
    let bits = settings.activation_bits;
    let mut ranges = settings.ranges.clone();
    ranges.resize(model.layers.len(), ValueRange::NOTHING);
    if model.layers.iter().zip(&ranges).any(|(layer, range)| layer.weights.is_some() && !range.is_known()) {
        let samples = settings.samples * model.input.len().max(1);
        let measured = measure(model, (entry.build)(&values).as_ref(), clips, &calibration[..calibration.len().min(samples)], bits)?;
        for (range, measured) in ranges.iter_mut().zip(measured).filter(|(range, _)| !range.is_known()) {
            *range = measured;
        }
    }
    for (i, (layer, ValueRange { min, max })) in model.layers.iter_mut().zip(ranges).enumerate() {
        let (Some(weights), false) = (&layer.weights, layer.op.computes_floats()) else { continue };
        if !whole(&weights.values) {
            continue;
        }
        if weights.inputs > matmul_i8::MAX_INPUTS {
            notes.push(format!("Layer {} keeps 32-bit activations: sums over {} inputs could overflow.", i + 1, weights.inputs));
        } else {
            layer.activation = Some(ActivationScale::over(min, max, bits));
        }
    }
    report::narrow_activations(bits, notes);
    Ok(())
}

/// Range of what comes into each layer with weights for the samples `calibration[B, I]`; it holds 0.
fn measure(
    model: &PackedModel,
    rule: &dyn Calibrator,
    clips: &[Option<f64>],
    calibration: &[f32],
    bits: u32,
) -> Result<Vec<ValueRange>, SpecError> {
    let needs = rule.needs();
    let mut seen = vec![Seen::default(); model.layers.len()];
    let mut runner = Runner::new(model)?;
    each(model, &mut runner, calibration, |i, values| seen[i].note(values, needs));
    if needs == Needs::Histogram {
        seen.iter_mut().for_each(Seen::begin_counting);
        each(model, &mut runner, calibration, |i, values| seen[i].histogram.count(values));
    }
    let zero = |range: ValueRange| ValueRange { min: range.min.min(0.0), max: range.max.max(0.0) };
    let clipped = |range: ValueRange, share: f32| ValueRange { min: range.min * share, max: range.max * share };
    let range = |(seen, clip): (&Seen, &Option<f64>)| match clip {
        Some(share) => clipped(zero(seen.whole), *share as f32),
        None => zero(rule.range(seen, bits)),
    };
    Ok(seen.iter().zip(clips).map(range).collect())
}

/// Hands over what comes into each layer with weights for the samples `calibration[B, I]`, mini-batch by mini-batch: the layer, and the values. Errors: an activation
/// that no catalogue entry has.
pub fn each_input(model: &PackedModel, calibration: &[f32], take: impl FnMut(usize, &[f32])) -> Result<(), SpecError> {
    each(model, &mut Runner::new(model)?, calibration, take);
    Ok(())
}

fn each(model: &PackedModel, runner: &mut Runner, calibration: &[f32], mut take: impl FnMut(usize, &[f32])) {
    let input = model.input.len().max(1);
    // Whole mini-batches, where so many samples go through the layers at once.
    let block = if runner.block() < BATCH { runner.block() } else { runner.block() / BATCH * BATCH };
    for block in calibration.chunks(block * input) {
        runner.run(block, block.len() / input);
        for (i, layer) in model.layers.iter().enumerate().filter(|(_, layer)| layer.weights.is_some()) {
            let values = seen_by_head(&layer.op, runner.input_of(i, block, block.len() / input));
            let sample = values.len() / (block.len() / input).max(1);
            values.chunks((BATCH * sample).max(1)).for_each(|batch| take(i, batch));
        }
    }
}
