//! From the experiment's compression settings to the engine's, and from its result to the page's report.

use crate::{
    engine::{
        artifact,
        catalog::Catalog,
        compress::{self, Calibration, Compressed, Factors, Labels, Settings},
        data::{Dataset, Task},
        error::SpecError,
        losses::{Loss, Target},
        network::Network,
        packed::{PackedLayer, PackedModel},
        pruning::{self, Manual, Mask},
        quantization::ValueRange,
        train::{Rounding, Trainer},
    },
    experiment::Compress,
    protocol::{Form, OptimizedReport},
};

/// Both models, ready to be stored, and what the page says of the small one.
pub(super) struct Optimized {
    pub baseline: PackedModel,
    pub model: PackedModel,
    pub report: OptimizedReport,
    /// Removed units of each layer of the network, in rising order.
    pub removed: Vec<Vec<usize>>,
    /// By what weights of each layer were multiplied before they were rounded; empty where they were not.
    pub factors: Vec<Option<Factors>>,
    /// What goes into every file beside the model.
    pub meta: String,
    sizes: Vec<artifact::FormSize>,
}

impl Optimized {
    /// Writes the file of one more form and notes its length. True when all forms are written, and the smallest is known.
    pub fn weigh(&mut self) -> bool {
        if let Some(form) = artifact::FORMS.get(self.sizes.len()) {
            self.sizes.push(artifact::size(*form, &self.baseline, &self.model, &self.meta));
        }
        let done = self.sizes.len() == artifact::FORMS.len();
        if done {
            self.report.best = artifact::best(&self.sizes).into();
            self.report.sizes = self.sizes.iter().map(|size| (*size).into()).collect();
        }
        done
    }
}

/// Compresses `params`, to which the learnt `ranges` of activations belong, if there are any; what its files weigh is still to be found out ([`Optimized::weigh`]). Errors: settings that the pruner or the packer refuses.
pub(super) fn optimize(
    network: &Network,
    params: &[f32],
    compress: &Compress,
    by_hand: &Manual,
    ranges: &[ValueRange],
    (data, loss): (&Dataset, &dyn Loss),
    link: &str,
) -> Result<Optimized, SpecError> {
    let baseline = PackedModel::dense(network, params);
    let manual = (!by_hand.is_empty()).then_some(by_hand);
    let compressed =
        compress::compress(network, params, manual, &settings(compress, ranges), &calibration(data, compress.samples, Some(loss)))?;
    let meta = super::export::meta(data, link);
    let report = report(&compressed);
    Ok(Optimized {
        baseline,
        model: compressed.model,
        report,
        removed: compressed.removed,
        factors: compressed.factors,
        meta,
        sizes: Vec::new(),
    })
}

/// The model that `trainer` computes with: its weights and activations rounded where quantization-aware training acts, else floats. Errors: weights
/// that are not finite.
pub(super) fn trained(trainer: &Trainer, compress: &Compress, data: &Dataset) -> Result<PackedModel, SpecError> {
    let (network, params, ranges) = (&trainer.network, &trainer.params, trainer.ranges());
    if ranges.is_empty() {
        return Ok(PackedModel::dense(network, params));
    }
    let settings = Settings { sparsity: 0.0, ..settings(compress, ranges) };
    Ok(compress::compress(network, params, None, &settings, &calibration(data, compress.samples, None))?.model)
}

/// What training holds at zero: 1 for a living parameter, 0 for a held one; empty where nothing is held. `prune` lets the pruner
/// choose, too; otherwise only what was pruned by hand is held. `pruners` are those that there are.
pub(super) fn keep(
    pruners: &Catalog<pruning::Build>,
    (network, params): (&Network, &[f32]),
    compress: &Compress,
    by_hand: &Manual,
    prune: bool,
) -> Result<Vec<f32>, SpecError> {
    if !prune && by_hand.is_empty() {
        return Ok(Vec::new());
    }
    let pruners = prune.then_some(pruners);
    Ok(mask(pruners, (network, params), compress, by_hand)?.flags().iter().map(|alive| f32::from(u8::from(*alive))).collect())
}

/// Which parameters the optimized model keeps: 1 or 0 each.
pub(super) fn kept(network: &Network, params: &[f32], compress: &Compress, by_hand: &Manual) -> Result<Vec<f32>, SpecError> {
    Ok(mask(Some(&pruning::CATALOG), (network, params), compress, by_hand)?
        .flags()
        .iter()
        .map(|alive| f32::from(u8::from(*alive)))
        .collect())
}

fn mask(
    pruners: Option<&Catalog<pruning::Build>>,
    (network, params): (&Network, &[f32]),
    compress: &Compress,
    by_hand: &Manual,
) -> Result<Mask, SpecError> {
    let mut mask = match pruners {
        Some(pruners) => {
            let (entry, values) = pruners.resolve(&compress.pruner)?;
            (entry.build)(&values).prune(network, params, compress.sparsity).mask
        }
        None => Mask::all(params.len()),
    };
    by_hand.apply(&mut mask);
    Ok(mask)
}

/// The flat parameters of which `model` is the fp32 form.
pub(super) fn params(model: &PackedModel) -> Vec<f32> {
    let mut flat = Vec::new();
    for layer in &model.layers {
        if let Some(weights) = &layer.weights {
            flat.extend(weights.to_f32());
        }
        flat.extend(&layer.bias);
    }
    flat
}

/// What training rounds to, and the epoch from which on; `None` where it computes with floats.
pub(super) fn rounding(compress: &Compress) -> Option<(Rounding, f64)> {
    let rounding = settings(compress, &[]).rounding().filter(|_| compress.qat != 0)?;
    Some((rounding, compress.qat_from as f64))
}

/// The first training samples: as many as are to calibrate.
pub(super) fn calibration<'a>(data: &'a Dataset, samples: usize, loss: Option<&'a dyn Loss>) -> Calibration<'a> {
    let count = samples.min(data.train.len);
    let target = match &data.task {
        Task::Classes(_) => Target::Classes(&data.train.classes[..count]),
        Task::Value { .. } => Target::Values(&data.train.values[..count]),
    };
    Calibration { inputs: &data.train.inputs[..count * data.shape.len()], labels: loss.map(|loss| Labels { target, loss }) }
}

fn settings(compress: &Compress, ranges: &[ValueRange]) -> Settings {
    Settings {
        sparsity: compress.sparsity,
        pruner: compress.pruner.clone(),
        format: compress.weight_format(),
        granularity: compress.granularity(),
        affine: compress.zero != 0,
        range: compress.range.clone(),
        activation_bits: compress.activation_width(),
        calibration: compress.calibration.clone(),
        samples: compress.samples,
        rounder: compress.rounder.clone(),
        equalize: compress.equalize != 0,
        correct_bias: compress.correct_bias != 0,
        ranges: ranges.to_vec(),
    }
}

fn report(compressed: &Compressed) -> OptimizedReport {
    OptimizedReport {
        best: Form::Packed,
        sizes: Vec::new(),
        sparsity: compressed.sparsity,
        units_removed: compressed.units_removed,
        units: compressed.units,
        layer_sparsity: compressed.layer_sparsity.clone(),
        kernels: compressed.kernels.clone(),
        notes: compressed.notes.clone(),
        weight_error: compressed.weight_error.clone(),
        memory: Vec::new(),
        macs: compressed.model.layers.iter().map(PackedLayer::macs).collect(),
    }
}
