//! Batch normalization after training: its running statistics, factor and summand are numbers by then, and go into the layer before it where that
//! is one with weights (Jacob et al. 2018, Quantization and training of neural networks for efficient integer-arithmetic-only inference).

use super::{
    layers::{Op, norm},
    network::Network,
    packed::trunk,
};

/// Parameters of a network with its normalizations folded.
pub struct Folded {
    /// As the network's, with other weights and biases where a normalization follows.
    pub params: Vec<f32>,
    /// For each layer, whether it is a normalization that has gone into one before it and does nothing any more.
    pub gone: Vec<bool>,
}

/// Folds the normalizations of `network` with its flat `params` into the layers before them.
#[must_use]
pub fn fold(network: &Network, params: &[f32]) -> Folded {
    let nodes = network.nodes();
    let mut folded = Folded { params: params.to_vec(), gone: vec![false; nodes.len()] };
    for (i, node) in nodes.iter().enumerate() {
        let Some((into, (rows, units))) = target(network, i) else { continue };
        let [by, plus] = affine(&folded.params[node.span.clone()], units);
        let own = nodes[into].span.clone();
        let (weights, bias) = folded.params[own].split_at_mut(rows * units);
        for row in weights.chunks_exact_mut(units) {
            row.iter_mut().zip(&by).for_each(|(w, by)| *w *= by);
        }
        bias.iter_mut().zip(by.iter().zip(&plus)).for_each(|(b, (by, plus))| *b = *b * by + plus);
        folded.gone[i] = true;
    }
    folded
}

/// What batch normalization of `channels` channels with these parameters multiplies each channel with, and what it adds.
#[must_use]
pub fn affine(params: &[f32], channels: usize) -> [Vec<f32>; 2] {
    let (scale, rest) = params.split_at(channels);
    let (shift, rest) = rest.split_at(channels);
    let (mean, variance) = rest.split_at(channels);
    let by: Vec<f32> = scale.iter().zip(variance).map(|(scale, variance)| scale * norm::inverse(*variance)).collect();
    let plus = shift.iter().zip(mean).zip(&by).map(|((shift, mean), by)| shift - mean * by).collect();
    [by, plus]
}

/// The layer, with the size of its matrix, into which layer `i` can be folded: the one with weights before it, if nothing else reads what that
/// puts out.
fn target(network: &Network, i: usize) -> Option<(usize, (usize, usize))> {
    let nodes = network.nodes();
    let Op::Affine { channels } = nodes[i].layer.op() else { return None };
    let into = (0..i).rev().find(|before| !matches!(nodes[*before].layer.op(), Op::Identity))?;
    // The head of an exit reads what is not normalized.
    let size = trunk(&nodes[into].layer.op()).filter(|(_, units)| *units == channels)?;
    // A skip connection that begins between the two reads values without the normalization.
    let read = (i..nodes.len()).filter_map(|end| network.skip(end)).any(|from| into < from && from <= i);
    (!read).then_some((into, size))
}
