//! From the experiment's compression settings to the engine's, and from its result to the page's report.

use serde::{Deserialize, Serialize};

use crate::{
    engine::{
        artifact,
        catalog::Pick,
        compress::{self, Calibration, Compressed, Factors, Labels, Settings},
        data::{Dataset, Task},
        error::SpecError,
        losses::{Loss, Target},
        network::Network,
        packed::{PackedLayer, PackedModel},
        pruning::{Choice, During, Evidence, Manual, Mask, regrow::regrow},
        quantization::{ValueRange, codebook::Start},
        train::{Rounding, Trainer},
    },
    experiment::{Compress, Experiment},
    protocol::{Form, OptimizedReport},
};

/// Both models, ready to be stored, and what the page says of the small one.
pub(super) struct Optimized {
    pub baseline: PackedModel,
    pub model: PackedModel,
    pub report: OptimizedReport,
    /// Removed units of each layer of the network, in rising order.
    pub removed: Vec<Vec<usize>>,
    /// Which parameters it keeps.
    pub kept: Mask,
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

/// What training has come to besides weights.
#[derive(Clone, Debug, Default)]
pub(super) struct Learnt {
    /// Ranges of activations, where they were learnt.
    pub ranges: Vec<ValueRange>,
    /// Step sizes of weights, where they were learnt.
    pub step_sizes: Vec<f32>,
    /// What is held at zero, 1 or 0 each; empty where nothing is.
    pub held: Vec<f32>,
    /// See [`Trainer::noted`].
    pub movement: Vec<f32>,
}

impl Learnt {
    /// That of `trainer`.
    pub fn of(trainer: &Trainer) -> Self {
        Self {
            ranges: trainer.ranges().to_vec(),
            step_sizes: trainer.step_sizes().to_vec(),
            held: trainer.held().to_vec(),
            movement: trainer.noted().to_vec(),
        }
    }
}

/// What the pruner has chosen to be held at zero while training, without what was pruned by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Chosen {
    pub mask: Mask,
    /// The settings that it followed.
    pub by: Masking,
}

/// Settings of the compression that say what is held at zero while training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Masking {
    sparsity: f64,
    pruner: Pick,
    criterion: Pick,
    during: usize,
    epochs: (usize, usize),
}

impl Masking {
    /// Those of `compress`.
    pub fn of(compress: &Compress) -> Self {
        let Compress { sparsity, pruner, criterion, during, prune_from, prune_to, .. } = compress.clone();
        let gradual = matches!(compress.schedule(0.0).during, During::Gradual { .. });
        Self { sparsity, pruner, criterion, during, epochs: if gradual { (prune_from, prune_to) } else { (0, 0) } }
    }
}

/// Compresses `params`, and what else training has come to; what its files weigh is still to be found out ([`Optimized::weigh`]). Errors: settings that the pruner or the packer refuses.
pub(super) fn optimize(
    network: &Network,
    params: &[f32],
    compress: &Compress,
    by_hand: &Manual,
    learnt: &Learnt,
    (data, loss): (&Dataset, &dyn Loss),
    link: &str,
) -> Result<Optimized, SpecError> {
    let baseline = PackedModel::dense(network, params);
    let manual = (!by_hand.is_empty()).then_some(by_hand);
    let settings = settings(compress, learnt);
    let calibration = calibration((data, compress.samples), Some(loss), learnt);
    let compressed = compress::compress(network, params, manual, &settings, &calibration)?;
    let meta = super::export::meta(data, link);
    let report = report(&compressed);
    Ok(Optimized {
        baseline,
        model: compressed.model,
        report,
        removed: compressed.removed,
        kept: compressed.kept,
        factors: compressed.factors,
        meta,
        sizes: Vec::new(),
    })
}

/// The model that `trainer` computes with: its weights and activations rounded where quantization-aware training acts, else floats. Errors: weights
/// that are not finite.
pub(super) fn trained(trainer: &Trainer, compress: &Compress, data: &Dataset) -> Result<PackedModel, SpecError> {
    let (network, params) = (&trainer.network, trainer.weights());
    if trainer.ranges().is_empty() {
        return Ok(PackedModel::dense(network, params));
    }
    let settings = Settings { sparsity: 0.0, ..settings(compress, &Learnt::of(trainer)) };
    let learnt = Learnt::default();
    let calibration = calibration((data, compress.samples), None, &learnt);
    Ok(compress::compress(network, params, None, &settings, &calibration)?.model)
}

/// What training holds at zero: 1 for a living parameter, 0 for a held one; empty where nothing is held. `chosen` is the pruner's choice, which
/// what was pruned by hand overrides.
pub(super) fn keep(chosen: Option<&Chosen>, by_hand: &Manual, params: usize) -> Vec<f32> {
    if chosen.is_none() && by_hand.is_empty() {
        return Vec::new();
    }
    let mut mask = chosen.map_or_else(|| Mask::all(params), |chosen| chosen.mask.clone());
    by_hand.apply(&mut mask);
    if mask.flags().iter().all(|alive| *alive) { Vec::new() } else { as_numbers(&mask) }
}

/// 1 for what `mask` keeps, 0 for the rest.
pub(super) fn as_numbers(mask: &Mask) -> Vec<f32> {
    mask.flags().iter().map(|alive| f32::from(u8::from(*alive))).collect()
}

/// What the pruner chooses to be held at zero at `epoch` of training. `before` is what it chose last, which then stays gone, or moves where there is regrowth.
/// Errors: settings that it refuses.
pub(super) fn choose(trainer: &Trainer, experiment: &Experiment, data: &Dataset, before: Option<&Chosen>) -> Result<Chosen, SpecError> {
    let compress = &experiment.compress;
    let (schedule, epoch) = (compress.schedule(experiment.train.epochs), trainer.epoch(data.train.len));
    let mut learnt = Learnt::of(trainer);
    if before.is_none() {
        // Chosen from all.
        learnt.held.clear();
    }
    let calibration = calibration((data, compress.samples), Some(trainer.rules.loss.as_ref()), &learnt);
    let evidence = Evidence::new(&trainer.network, trainer.weights(), &calibration);
    let mask = match before {
        Some(before) if schedule.during == During::Regrow => regrow(&evidence, &before.mask, schedule.turnover(epoch))?,
        _ => choice(compress).prune(&evidence, schedule.sparsity(epoch))?.mask,
    };
    Ok(Chosen { mask, by: Masking::of(compress) })
}

/// Which parameters of `params` the optimized model would keep, 1 or 0 each, as far as the weights alone say it.
pub(super) fn kept(trainer: &Trainer, compress: &Compress, by_hand: &Manual) -> Result<Vec<f32>, SpecError> {
    let (network, learnt) = (&trainer.network, Learnt::of(trainer));
    let calibration = Calibration { held: &learnt.held, movement: &learnt.movement, ..Calibration::default() };
    let mut mask = choice(compress).prune(&Evidence::new(network, trainer.weights(), &calibration), compress.sparsity)?.mask;
    by_hand.apply(&mut mask);
    Ok(as_numbers(&mask))
}

fn choice(compress: &Compress) -> Choice<'_> {
    Choice { scope: &compress.pruner, criterion: &compress.criterion }
}

/// What training rounds to, and the epoch from which on; `None` where it computes with floats.
pub(super) fn rounding(compress: &Compress) -> Option<(Rounding, f64)> {
    let settings = settings(compress, &Learnt::default());
    let settings = Settings { step_sizes: compress.learns_steps().then(Vec::new), ..settings };
    let rounding = settings.rounding().filter(|_| compress.qat != 0)?;
    Some((rounding, compress.qat_from as f64))
}

/// The first `samples` training samples, and what training has noted.
pub(super) fn calibration<'a>((data, samples): (&'a Dataset, usize), loss: Option<&'a dyn Loss>, learnt: &'a Learnt) -> Calibration<'a> {
    let count = samples.min(data.train.len);
    let target = match &data.task {
        Task::Classes(_) => Target::Classes(&data.train.classes[..count]),
        Task::Value { .. } => Target::Values(&data.train.values[..count]),
    };
    Calibration {
        inputs: &data.train.inputs[..count * data.shape.len()],
        labels: loss.map(|loss| Labels { target, loss }),
        held: &learnt.held,
        movement: &learnt.movement,
    }
}

fn settings(compress: &Compress, learnt: &Learnt) -> Settings {
    Settings {
        sparsity: compress.sparsity,
        pruner: compress.pruner.clone(),
        criterion: compress.criterion.clone(),
        format: compress.weight_format(),
        widths: compress.widths.clone(),
        clips: compress.clips.clone(),
        input_clips: compress.input_clips.clone(),
        granularity: compress.granularity(),
        affine: compress.zero != 0,
        range: compress.range.clone(),
        clusters: Start::Linear,
        activation_bits: compress.activation_width(),
        calibration: compress.calibration.clone(),
        samples: compress.samples,
        rounder: compress.rounder.clone(),
        equalize: compress.equalize != 0,
        correct_bias: compress.correct_bias != 0,
        ranges: learnt.ranges.clone(),
        // Before training has rounded anything, step sizes are found as the range says.
        step_sizes: (compress.learns_steps() && !learnt.ranges.is_empty()).then(|| learnt.step_sizes.clone()),
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
