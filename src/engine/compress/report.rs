//! What compression did to the weights, in numbers and words.

use super::{Factors, Settings, shrink::Slim};
use crate::engine::{
    layers::Op,
    network::Network,
    packed::{PackedModel, Values, Weights, matrix},
    pruning,
    quantization::{Format, Granularity, float_name, rounding::RUN},
};

/// Zeros and errors per layer of the original network.
pub struct Losses {
    /// Share of all weights that are zero or gone.
    pub sparsity: f32,
    /// The same per layer.
    pub layer_sparsity: Vec<f32>,
    /// Relative root-mean-square error per layer; 0 where there are no weights, or all were zero before.
    pub weight_error: Vec<f32>,
}

/// Holds the packed weights against the original ones, by whose `factors` they may have been multiplied before. Both losses count a removed weight as
/// a zero.
pub fn losses(network: &Network, params: &[f32], (slim, factors): (&[Slim], &[Option<Factors>]), model: &PackedModel) -> Losses {
    let layers = network.nodes().len();
    let mut found = Losses { sparsity: 0.0, layer_sparsity: vec![0.0; layers], weight_error: vec![0.0; layers] };
    let (mut zeros, mut all) = (0, 0);
    for (i, node) in network.nodes().iter().enumerate() {
        let (Some((inputs, units)), Some(left), Some(weights)) = (matrix(&node.layer.op()), &slim[i].matrix, &model.layers[i].weights)
        else {
            continue;
        };
        let original = &params[node.span.start..node.span.start + inputs * units];
        let packed = weights.to_f32();
        let gone = original.len() - packed.len() + packed.iter().filter(|w| **w == 0.0).count();
        zeros += gone;
        all += original.len();
        found.layer_sparsity[i] = share(gone, original.len());
        let square: f64 = original.iter().map(|w| f64::from(*w).powi(2)).sum();
        // Squares of removed weights are all squares less those of weights that are left.
        let mut error = square;
        let factors = factors.get(i).and_then(Option::as_ref);
        for (k, (row, packed)) in left.rows.iter().zip(packed.chunks_exact(left.columns.len().max(1))).enumerate() {
            for (n, (column, packed)) in left.columns.iter().zip(packed).enumerate() {
                let was = f64::from(original[row * units + column]);
                let is = f64::from(*packed) / factors.map_or(1.0, |f| f64::from(f.rows[k]) * f64::from(f.columns[n]));
                error += (was - is).powi(2) - was * was;
            }
        }
        found.weight_error[i] = if square > 0.0 { (error.max(0.0) / square).sqrt() as f32 } else { 0.0 };
    }
    found.sparsity = share(zeros, all);
    found
}

/// Says what was asked for and cannot be: weights that training rounded stay as they were trained.
pub fn rounded_in_training(settings: &Settings, learnt: bool, notes: &mut Vec<String>) {
    if learnt && (settings.rounder.key != "nearest" || settings.equalize || settings.correct_bias) {
        notes.push("Weights were rounded in training and are stored as they were trained: rounding, equalization and bias correction change nothing.".into());
    }
}

/// Says what a rule that looks at training samples could not do.
pub fn rounded(rule: &str, model: &PackedModel, notes: &mut Vec<String>) {
    for (i, layer) in model.layers.iter().enumerate() {
        let Some(Weights { inputs, values: Values::Int { bits, .. }, .. }) = &layer.weights else { continue };
        if rule == "gptq" && *inputs > RUN {
            notes.push(format!("GPTQ takes layer {} in runs of {RUN} inputs: errors of one run are not made up for in the next.", i + 1));
        }
        if rule == "adaround" && *bits == 1 {
            notes.push(format!("Layer {} is rounded to nearest: signs have no level above and below for AdaRound to choose from.", i + 1));
        }
    }
}

/// Share of weights that are zero.
pub fn zeros(weights: &Weights) -> f32 {
    share(weights.len() - weights.nonzero(), weights.len())
}

/// Why no kernel skips the zeros of layer `layer`.
pub fn never_skipped(layer: usize, zeros: f32) -> String {
    format!(
        "Dense is used for layer {}, {:.0} % zeros or not: there is no kernel that skips zeros of narrow or shared floats, of groups with scales of their own, or beside a zero point.",
        layer + 1,
        zeros * 100.0
    )
}

/// Why layer `layer` runs on a kernel that multiplies its zeros.
pub fn dense_in_spite(layer: usize, zeros: f32, pays: f32) -> String {
    let (layer, zeros) = (layer + 1, zeros * 100.0);
    if pays > 1.0 {
        format!("Dense is used for layer {layer}, {zeros:.0} % zeros or not: skipping them never pays for integer convolutions here.")
    } else {
        format!(
            "Dense is used for layer {layer}: {zeros:.0} % zeros are under the {:.0} % from which skipping them pays here.",
            pays * 100.0
        )
    }
}

/// Says which layers had constants folded into their bias that are exact only away from the border.
pub fn folded(approximate: &[bool], notes: &mut Vec<String>) {
    for (i, _) in approximate.iter().enumerate().filter(|(_, a)| **a) {
        notes.push(format!(
            "Layer {}: what removed units still put out was folded into its bias, which at the image's border is an approximation.",
            i + 1
        ));
    }
}

/// Says which layers keep all their units, whatever is to go.
pub fn coupled(network: &Network, notes: &mut Vec<String>) {
    for (layer, reader) in pruning::coupled(network) {
        if reader == layer {
            let why = match network.nodes()[layer].layer.op() {
                Op::Attention(_) => "its heads share them out",
                Op::Embedding { .. } => "they stand for tokens together",
                _ => "it reads them itself at the next step",
            };
            notes.push(format!("Layer {} keeps all its units: {why}.", layer + 1));
            continue;
        }
        let why = match network.nodes()[reader].layer.op() {
            Op::LayerNorm { .. } => "takes its mean over them",
            Op::Recurrent(_) => "reads them at every step",
            Op::Attention(_) => "shares them out among its heads",
            Op::Position { .. } => "adds another wave to each",
            _ => "adds them to those of another layer",
        };
        notes.push(format!("Layer {} keeps all its units: layer {} {why}.", layer + 1, reader + 1));
    }
}

/// Says which layers are left without a single weight: from there on, every input gives the same answer.
pub fn emptied(model: &PackedModel, sparsity: &[f32], notes: &mut Vec<String>) {
    for (i, _) in model.layers.iter().enumerate().filter(|(i, l)| l.weights.is_some() && sparsity[*i] >= 1.0) {
        notes.push(format!("Layer {} has lost all its weights: the model now answers the same to every input.", i + 1));
    }
}

/// Says what early exits do not do.
pub fn exits(model: &PackedModel, notes: &mut Vec<String>) {
    if model.layers.iter().any(|layer| matches!(layer.op, Op::Exit { .. })) {
        notes.push(
            "Early exits: times of layers and of the file's other forms, and ONNX files, are those of the network to its end.".into(),
        );
    }
}

/// Says which layers were asked for what they cannot have: weights that look at what they meet, an exchange with the layer before, a corrected bias.
pub fn left_out(model: &PackedModel, settings: &Settings, looks: Option<&str>, notes: &mut Vec<String>) {
    for (i, layer) in model.layers.iter().enumerate() {
        let rounded = layer.weights.as_ref().is_some_and(|weights| weights.bits() < 32);
        let equalized = settings.equalize.then_some("equalization");
        let (without, why) = match layer.op {
            Op::Recurrent(_) => ([equalized, None, None], "its states do not grow with what comes in"),
            // Each row of an embedding goes out as it is: the nearest levels are the best, and there is no bias.
            Op::Embedding { .. } => ([equalized, None, None], "nothing comes before it"),
            Op::Attention(_) => (
                [equalized, looks, settings.correct_bias.then_some("bias correction")],
                "its matrices meet what it makes itself on the way",
            ),
            _ => continue,
        };
        let without: Vec<&str> = without.into_iter().flatten().collect();
        if rounded && !without.is_empty() {
            notes.push(format!("Layer {} does without {}: {why}.", i + 1, without.join(" and ")));
        }
    }
}

/// Says which layers are stored small but multiplied as floats.
pub fn depthwise(model: &PackedModel, activation_bits: u32, notes: &mut Vec<String>) {
    for (i, layer) in model.layers.iter().enumerate().filter(|(_, l)| l.op.computes_floats()) {
        let bits = layer.weights.as_ref().map_or(32, Weights::bits);
        if bits < 32 {
            let floats = if activation_bits < 32 { "weights and activations" } else { "weights" };
            notes.push(format!(
                "Simulated arithmetic: layer {} stores {bits} bits per weight and computes with float {floats}, for there is no integer kernel for {}.",
                i + 1,
                match layer.op {
                    Op::Depthwise(_) => "depthwise convolutions",
                    Op::Attention(_) => "attention",
                    Op::Embedding { .. } => "embeddings",
                    _ => "recurrent layers",
                }
            ));
        }
    }
}

/// Says where one bit was not enough.
pub fn one_bit(formats: &[Format], model: &PackedModel, notes: &mut Vec<String>) {
    let wider =
        model.layers.iter().enumerate().filter(|(i, l)| formats[*i] == Format::Int(1) && l.weights.as_ref().is_some_and(|w| w.bits() == 2));
    for (i, _) in wider {
        notes.push(format!("Layer {} stores 2 bits per weight: one bit is a sign and has no zero for pruned weights.", i + 1));
    }
}

/// Says what zeros of pruned weights cost beside shared values.
pub fn shared(formats: &[Format], model: &PackedModel, notes: &mut Vec<String>) {
    let wider = model.layers.iter().zip(formats).find_map(|(layer, format)| match (layer.weights.as_ref().map(Weights::format), format) {
        (Some(Format::Codebook(found)), Format::Codebook(asked)) if found > *asked => Some(found),
        _ => None,
    });
    if let Some(bits) = wider {
        notes.push(format!("Zeros have a code beside those of shared values, so packed codes take {bits} bits: left out, or entropy-coded, zeros cost less."));
    }
}

/// Says which settings of the grid the format has no use for.
pub fn format(settings: &Settings, model: &PackedModel, notes: &mut Vec<String>) {
    if model.layers.iter().all(|layer| layer.weights.is_none()) {
        return;
    }
    match settings.format {
        Format::Float(kind) if kind.bits() == 8 && matches!(settings.granularity, Granularity::Group(_)) => {
            notes.push(format!("Scales are per channel: {} has no scales for groups of inputs.", float_name(kind)));
        }
        Format::Int(_) if settings.step_sizes.is_some() && settings.range.key != "auto" => {
            notes.push("The weight range changes nothing: step sizes were learnt in training.".into());
        }
        Format::Int(1) if settings.affine => notes.push("Weights are symmetric: one bit is a sign, and has no zero point.".into()),
        Format::Int(bits) if settings.range.key == "absmean" && (bits > 2 || (settings.affine && bits > 1)) => {
            notes.push("The range is chosen by width: the mean magnitude is a step for symmetric weights of 2 bits and of 1.".into());
        }
        _ => {}
    }
}

/// Says what activations of fewer than 8 bits are.
pub fn narrow_activations(bits: u32, notes: &mut Vec<String>) {
    if bits < 8 {
        notes.push(format!("Simulated width: {bits}-bit activations are computed on 8-bit codes."));
    }
}

fn share(part: usize, of: usize) -> f32 {
    part as f32 / of.max(1) as f32
}
