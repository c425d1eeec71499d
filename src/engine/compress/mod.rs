//! Makes a trained network small: prune, shrink, quantize, pack.

mod bias;
mod calibration;
mod equalize;
mod inputs;
mod measure;
mod report;
mod round;
pub(in crate::engine) mod shrink;
mod thresholds;

use super::{
    catalog::Pick,
    error::SpecError,
    fold::{self, Folded},
    inference::Runner,
    network::Network,
    packed::{PackedLayer, PackedModel, Skips, Weights, constants, matrix},
    pruning::{self, Evidence, Manual, Mask, Pruned},
    quantization::{
        self, Format, Granularity, Scheme, ValueRange, WIDTHS,
        codebook::{self, Start},
        ranges::{self, Range},
        rounding,
    },
    train::Rounding,
};
use crate::kernels::spmm;
pub use calibration::{Calibration, Labels};
pub use equalize::{Factors, Layer, equalize};
pub use measure::each_input;
use shrink::Slim;
pub use thresholds::sparse_pays;

/// Samples from which the ranges of activations are taken where nothing else is said: more hardly move them, and take time at each change.
pub const CALIBRATION_SAMPLES: usize = 128;
/// Inputs that may share a step size.
const GROUPS: [usize; 3] = [128, 64, 32];
/// Up to which share of the largest weight, or of the calibrated range, levels may reach by hand.
pub const CLIP: std::ops::RangeInclusive<f64> = 0.05..=1.0;
/// How many may be asked for.
pub const SAMPLES: std::ops::RangeInclusive<usize> = 16..=1024;

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Share of weights (or units) to remove, 0 to 0.99.
    pub sparsity: f64,
    /// What goes: a pick of [`pruning::CATALOG`].
    pub pruner: Pick,
    /// What it is ranked by: a pick of [`pruning::criteria::CATALOG`].
    pub criterion: Pick,
    /// What weights are stored as.
    pub format: Format,
    /// Bits of single layers that have weights, in order, 32 for floats; those beyond it have `format`.
    pub widths: Vec<u32>,
    /// Share of its largest weight up to which the levels of a single layer with weights reach, in order; 0 for those that go by `range`, as those beyond it do.
    pub clips: Vec<f64>,
    /// Share of all that comes into it for the samples of the calibration up to which the levels of its activations reach; 0 for those that go by `calibration`.
    pub input_clips: Vec<f64>,
    /// Which weights share a step size.
    pub granularity: Granularity,
    /// Whole numbers with a zero point.
    pub affine: bool,
    /// Up to which weight the levels of whole numbers reach: a pick of [`ranges::CATALOG`].
    pub range: Pick,
    /// To which of the two levels around it a weight goes: a pick of [`rounding::CATALOG`].
    pub rounder: Pick,
    /// Whether neighbouring layers first share the range of their weights out ([`equalize()`]).
    pub equalize: bool,
    /// Whether biases take back what rounding adds to answers on average.
    pub correct_bias: bool,
    /// Where clusters of weights that are to share values begin.
    pub clusters: Start,
    /// 32, or 8 to 2 for whole numbers.
    pub activation_bits: u32,
    /// How ranges of activations are found: a pick of [`quantization::calibration::CATALOG`].
    pub calibration: Pick,
    /// On how many samples, at most; in [`SAMPLES`].
    pub samples: usize,
    /// Range of what comes into each layer, where quantization-aware training has learnt it; empty otherwise. Those that are known
    /// take the place of measured ones: the model then rounds as training did.
    pub ranges: Vec<ValueRange>,
    /// Step sizes of weights, where quantization-aware training learns them ([`crate::engine::train::Trainer::step_sizes`]); they take the place of those of `range`.
    pub step_sizes: Option<Vec<f32>>,
}

impl Settings {
    /// What quantization-aware training rounds to for this storage; `None` for floats of any width.
    #[must_use]
    pub fn rounding(&self) -> Option<Rounding> {
        let Format::Int(bits) = self.format else { return None };
        // A pick that is none is refused where weights are packed.
        let range = ranges::CATALOG.resolve(&self.range).map_or(Range::Auto, |(entry, values)| (entry.build)(&values));
        let range = if self.step_sizes.is_some() { Range::Learned } else { range };
        let weights = Scheme { bits, granularity: self.granularity, affine: self.affine, range };
        Some(Rounding { weights, activation_bits: self.activation_bits })
    }
}

impl Default for Settings {
    /// Nothing removed and nothing rounded.
    fn default() -> Self {
        Self {
            sparsity: 0.0,
            pruner: Pick::new("global"),
            criterion: Pick::new("magnitude"),
            format: Format::F32,
            widths: Vec::new(),
            clips: Vec::new(),
            input_clips: Vec::new(),
            granularity: Granularity::Channel,
            affine: false,
            range: Pick::new("auto"),
            rounder: Pick::new("nearest"),
            equalize: false,
            correct_bias: false,
            clusters: Start::Linear,
            activation_bits: 32,
            calibration: Pick::new("minmax"),
            samples: CALIBRATION_SAMPLES,
            ranges: Vec::new(),
            step_sizes: None,
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
    let Folded { params: folded, gone } = fold::fold(network, &zeroed(params, manual, &kept, &removed));
    let (mut slim, approximate) = shrink::shrink(network, &folded, &gone, &removed);
    let original = fold::fold(network, params).params;
    // Weights that were rounded in training are stored as they were trained.
    let learnt = !settings.ranges.is_empty();
    let formats = formats(network, settings)?;
    let rounds = !learnt && formats.iter().any(|format| *format != Format::F32);
    let factors = if settings.equalize && rounds { share_ranges(&mut slim) } else { Vec::new() };
    let (range, values) = ranges::CATALOG.resolve(&settings.range)?;
    let range = if settings.step_sizes.is_some() { Range::Learned } else { (range.build)(&values) };
    let by_hand = |share: Option<f64>| share.map_or(range, |share| Range::Share(share as f32));
    let (clips, known) = (clips(network, "clips", &settings.clips)?, step_sizes(network, settings));
    let layers = slim.iter().zip(&formats).zip(clips.iter().zip(&known));
    let layers = layers.map(|((layer, format), (clip, known))| pack(layer, *format, settings, (by_hand(*clip), known))).collect();
    let mut model = PackedModel { input: network.input().clone(), layers };
    report::folded(&approximate, &mut notes);
    if settings.sparsity > 0.0 && settings.pruner.key == "units" {
        report::coupled(network, &mut notes);
    }
    report::rounded_in_training(settings, learnt, &mut notes);
    if rounds {
        refine(&mut model, &slim, settings, calibration.inputs, &mut notes)?;
    }
    choose_kernels(&mut model, &formats, settings, &mut notes);
    if settings.activation_bits < 32 {
        let clips = self::clips(network, "actclips", &settings.input_clips)?;
        measure::calibrate(&mut model, settings, &clips, calibration.inputs, &mut notes)?;
    }
    let losses = report::losses(network, &original, (&slim, &factors), &model);
    report::emptied(&model, &losses.layer_sparsity, &mut notes);
    report::one_bit(&formats, &model, &mut notes);
    report::shared(&formats, &model, &mut notes);
    report::format(settings, &model, &mut notes);
    report::exits(&model, &mut notes);
    report::depthwise(&model, settings.activation_bits, &mut notes);
    let runner = Runner::new(&model)?;
    Ok(Compressed {
        kernels: (0..runner.layers()).map(|i| runner.kernel(i)).collect(),
        model,
        kept,
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
        return Err(SpecError::OutOfRange { field: "prune".into(), value: settings.sparsity.to_string().into(), min: 0.0, max: 0.99 });
    }
    let unreadable = |field: &str, value: u32, expected: &str| SpecError::Unreadable {
        field: field.into(),
        value: value.to_string().into(),
        expected: expected.into(),
    };
    if let Format::Int(bits) = settings.format
        && (bits == 32 || !WIDTHS.contains(&bits))
    {
        return Err(unreadable("bits", bits, "one of 32, 8, 7, 6, 5, 4, 3, 2, 1"));
    }
    if let Granularity::Group(group) = settings.granularity
        && !GROUPS.contains(&group)
    {
        return Err(unreadable("scale", group as u32, "one of 128, 64, 32 inputs"));
    }
    if settings.activation_bits != 32 && !(2..=8).contains(&settings.activation_bits) {
        return Err(unreadable("act", settings.activation_bits, "one of 32, 8, 7, 6, 5, 4, 3, 2"));
    }
    if !SAMPLES.contains(&settings.samples) {
        let (min, max) = (*SAMPLES.start() as f64, *SAMPLES.end() as f64);
        return Err(SpecError::OutOfRange { field: "samples".into(), value: (settings.samples as f64).into(), min, max });
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

/// What the weights of each layer are stored as. Errors: a width that there is not, or more of them than layers with weights.
fn formats(network: &Network, settings: &Settings) -> Result<Vec<Format>, SpecError> {
    let own = by_layer(network, &settings.widths, |bits| WIDTHS.contains(bits)).map_err(|layers| {
        let given = settings.widths.len();
        let reason = format!("{given} widths for {layers} layers with weights; each is one of 32, 8, 7, 6, 5, 4, 3, 2, 1");
        SpecError::Incompatible { field: "widths".into(), reason }
    })?;
    Ok(own.into_iter().map(|bits| bits.map_or(settings.format, Format::of_bits)).collect())
}

/// Up to which share of its range each layer's levels reach by hand; `None` where it goes by the rule. Errors: a share out of [`CLIP`], or more of them than
/// layers with weights.
fn clips(network: &Network, field: &str, shares: &[f64]) -> Result<Vec<Option<f64>>, SpecError> {
    let own = by_layer(network, shares, |share| *share == 0.0 || CLIP.contains(share)).map_err(|layers| {
        let reason = format!("{} shares for {layers} layers with weights; each is 0 or {} to {}", shares.len(), CLIP.start(), CLIP.end());
        SpecError::Incompatible { field: field.into(), reason }
    })?;
    Ok(own.into_iter().map(|share| share.filter(|share| *share > 0.0)).collect())
}

/// The entry of each layer in a `list` of those that have weights, in order; `None` for layers without, and beyond the list. Error: how many layers have weights, where
/// the list is longer, or holds what does not fit.
fn by_layer<T: Copy>(network: &Network, list: &[T], fits: impl Fn(&T) -> bool) -> Result<Vec<Option<T>>, usize> {
    let weighted: Vec<bool> = network.nodes().iter().map(|node| matrix(&node.layer.op()).is_some()).collect();
    let layers = weighted.iter().filter(|w| **w).count();
    if list.len() > layers || !list.iter().all(fits) {
        return Err(layers);
    }
    let mut list = list.iter().copied();
    Ok(weighted.into_iter().map(|weighted| if weighted { list.next() } else { None }).collect())
}

/// The step sizes of each layer that are known; none of layers of which none is.
fn step_sizes<'a>(network: &Network, settings: &'a Settings) -> Vec<&'a [f32]> {
    let mut left = settings.step_sizes.as_deref().unwrap_or_default();
    let units = network.nodes().iter().map(|node| matrix(&node.layer.op()).map_or(0, |(_, units)| units));
    let own = units.map(|units| if settings.granularity == Granularity::Tensor { units.min(1) } else { units });
    own.map(|own| {
        let (known, rest) = left.split_at_checked(own).unwrap_or((&[], &[]));
        left = rest;
        known
    })
    .collect()
}

fn pack(layer: &Slim, format: Format, settings: &Settings, (range, known): (Range, &[f32])) -> PackedLayer {
    let weights = layer.matrix.as_ref().map(|m| {
        let size = (m.rows.len(), m.columns.len());
        match format {
            Format::F32 => Weights::dense(size.0, size.1, m.weights.clone()),
            Format::Codebook(bits) => codebook::pack(&m.weights, size, bits, settings.clusters),
            Format::Float(kind) => quantization::narrow(&m.weights, size, kind, settings.granularity != Granularity::Tensor),
            Format::Int(bits) => {
                let scheme = Scheme { bits, granularity: settings.granularity, affine: settings.affine, range };
                // Units that were removed have none.
                let known: Vec<f32> = if known.len() > 1 { m.columns.iter().map(|unit| known[*unit]).collect() } else { known.to_vec() };
                quantization::quantize_by(&m.weights, size, &scheme, &known)
            }
        }
    });
    let bias = match (&layer.matrix, &layer.norm) {
        (Some(matrix), _) => matrix.bias.clone(),
        (None, Some(norm)) => constants(&layer.op, &norm.params),
        (None, None) => Vec::new(),
    };
    PackedLayer { op: layer.op.clone(), weights, bias, activation: None }
}

/// Equalizes what is left of the layers.
fn share_ranges(slim: &mut [Slim]) -> Vec<Option<Factors>> {
    let mut layers: Vec<Layer<'_>> = slim
        .iter_mut()
        .map(|Slim { op, matrix, .. }| {
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
    report::left_out(model, settings, rounder.looks().then_some(entry.label), notes);
    if !rounder.looks() && !settings.correct_bias {
        return Ok(());
    }
    let floats = |layer: &Slim| pack(layer, Format::F32, settings, (Range::Auto, &[]));
    let floats = PackedModel { input: model.input.clone(), layers: slim.iter().map(floats).collect() };
    let samples = settings.samples * model.input.len().max(1);
    let calibration = &calibration[..calibration.len().min(samples)];
    if rounder.looks() {
        let rows = inputs::rows(&floats, calibration, |_| true)?;
        round::round(model, slim, &rows, rounder.as_ref());
        report::rounded(entry.key, model, notes);
    }
    if settings.correct_bias {
        bias::correct(model, &floats, calibration)?;
    }
    Ok(())
}

/// Lets layers with enough zeros, or zeros in the right places, run on a kernel that skips them, and says so where they have some, but too few.
fn choose_kernels(model: &mut PackedModel, formats: &[Format], settings: &Settings, notes: &mut Vec<String>) {
    for (i, layer) in model.layers.iter_mut().enumerate() {
        // A depthwise convolution, a recurrent layer and attention have one kernel.
        let (Some(weights), false) = (&mut layer.weights, layer.op.computes_floats()) else { continue };
        let (zeros, pays) = (report::zeros(weights), sparse_pays(&layer.op, formats[i].bits(), settings.activation_bits));
        if !weights.can_skip() {
            if zeros >= 0.3 {
                notes.push(report::never_skipped(i, zeros));
            }
            continue;
        }
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
