//! Whole layers, or residual blocks, go.

use std::ops::Range;

use super::{AtHand, Candidate, Step};
use crate::engine::{
    catalog::Entry,
    compress::Labels,
    error::SpecError,
    layers::Op,
    network::{Network, Tape},
    packed::trunk,
    params::{ParamSpec, Scale, Word},
    rng::Rng,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "drop-layer",
    label: "Drop layers",
    help: teach!(
        "Takes whole layers out, and what is left is a shorter network: residual blocks, of which the skip connection stays, and layers that put out the shape that comes in, with their activation. Saves time on every device; fine-tune after it."
    ),
    formula: teach!(r"b^* = \arg\min_b\, L(f_{\setminus b})"),
    source: teach!("Veit, Wilber & Belongie 2016, Residual networks behave like ensembles of relatively shallow networks"),
    params: &[LAYERS, BY],
    build: |values| Box::new(DropLayer { count: values.usize(&LAYERS), by_loss: values.get(&BY) == 0.0 }),
};

const LAYERS: ParamSpec = ParamSpec {
    key: "layers",
    label: "Blocks",
    range: (1.0, 16.0),
    scale: Scale::Integer,
    default: 1.0,
    help: teach!("How many layers or blocks go. They are chosen one by one, each when those before it are gone."),
    ..ParamSpec::NEW
};

const BY: ParamSpec = ParamSpec {
    key: "by",
    label: "Ranked by",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "loss", label: "Loss without it" }, Word { key: "change", label: "Change it makes" }]),
    default: 0.0,
    help: teach!(
        "The loss on some training samples without the layer, or how far it turns what comes in (one less the cosine), which needs no labels. What makes the least difference goes first."
    ),
    source: teach!("Men et al. 2024, ShortGPT: layers in large language models are more redundant than you expect"),
    ..ParamSpec::NEW
};

struct DropLayer {
    count: usize,
    by_loss: bool,
}

impl Step for DropLayer {
    fn begin(&self, candidate: &mut Candidate, at_hand: &AtHand<'_>) -> Result<(), SpecError> {
        for taken in 0..self.count {
            let blocks = blocks(&candidate.network);
            if blocks.is_empty() {
                let reason = format!(
                    "{} can be left out here, and {} are to go: residual blocks, and layers that put out the shape that comes in",
                    if taken == 0 { "no layer".into() } else { format!("only {taken} layers or blocks") },
                    self.count
                );
                return Err(refused(reason));
            }
            let mut least = (f64::INFINITY, 0);
            for (at, block) in blocks.iter().enumerate() {
                let score = if self.by_loss { loss_without(candidate, block, at_hand)? } else { change(candidate, block, at_hand)? };
                // Of equals, the last goes: what stands before it may still be needed by others.
                if score <= least.0 {
                    least = (score, at);
                }
            }
            *candidate = without(candidate, &blocks[least.1])?;
        }
        Ok(())
    }
}

/// What can be taken out of `network` by itself, as ranges of layers, in order of their ends: what came into the first then comes into the one behind the last.
#[must_use]
pub fn blocks(network: &Network) -> Vec<Range<usize>> {
    let nodes = network.nodes();
    let Some(last) = nodes.iter().rposition(|n| trunk(&n.layer.op()).is_some()) else { return Vec::new() };
    let before = |layer: usize| layer.checked_sub(1).map_or(network.input(), |i| nodes[i].layer.output());
    let residual = (0..last).filter_map(|end| network.skip(end).map(|from| from..end + 1));
    let plain = (0..last).filter(|i| trunk(&nodes[*i].layer.op()).is_some()).map(|i| {
        let along =
            |op: Op| matches!(op, Op::Activation(_) | Op::Identity | Op::Affine { .. } | Op::LayerNorm { .. } | Op::Position { .. });
        i..i + 1 + nodes[i + 1..last].iter().take_while(|n| along(n.layer.op())).count()
    });
    let fits = |block: &Range<usize>| {
        // A connection from or to the inside that does not stay there would hang in the air.
        let hangs = (0..nodes.len()).filter_map(|end| network.skip(end).map(|from| (from, end))).any(|(from, end)| {
            let (begins, ends) = (block.start < from && from < block.end, block.contains(&end));
            // Nor is one of use that leads around nothing.
            (begins && !ends) || (ends && from < block.start) || (from == block.start && end == block.end)
        });
        let weighs = nodes[block.clone()].iter().any(|n| trunk(&n.layer.op()).is_some());
        weighs && !hangs && before(block.start) == before(block.end)
    };
    let mut found: Vec<Range<usize>> = residual.chain(plain).filter(fits).collect();
    found.sort_by_key(|block| (block.end, block.start));
    found.dedup();
    found
}

/// The candidate without the layers `block`.
fn without(candidate: &Candidate, block: &Range<usize>) -> Result<Candidate, SpecError> {
    let gone: Vec<bool> = (0..candidate.network.nodes().len()).map(|i| block.contains(&i)).collect();
    candidate.without(&gone, &candidate.params)
}

/// Mean loss over the samples at hand without the layers `block`.
fn loss_without(candidate: &Candidate, block: &Range<usize>, at_hand: &AtHand<'_>) -> Result<f64, SpecError> {
    let Some(Labels { target, loss }) = at_hand.calibration.labels else {
        return Err(refused(
            "without training samples with labels there is no loss to rank layers by: rank them by the change they make".into(),
        ));
    };
    let short = without(candidate, block)?;
    let (network, x) = (&short.network, samples(at_hand)?);
    let (mut tape, outputs) = (Tape::default(), network.output().len());
    let output = network.forward(&short.params, x, x.len() / network.input().len().max(1), false, &mut Rng::new(0, 0), &mut tape);
    let mut unused = vec![0.0; output.len()];
    let loss = f64::from(loss.eval(output, target, outputs, &mut unused));
    Ok(if loss.is_nan() { f64::INFINITY } else { loss })
}

/// One less the cosine between what comes into the layers `block` and what comes out of them, on average over the samples at hand.
fn change(candidate: &Candidate, block: &Range<usize>, at_hand: &AtHand<'_>) -> Result<f64, SpecError> {
    let (network, x) = (&candidate.network, samples(at_hand)?);
    let batch = x.len() / network.input().len().max(1);
    let mut tape = Tape::default();
    network.forward(&candidate.params, x, batch, false, &mut Rng::new(0, 0), &mut tape);
    let after = tape.output(block.end - 1);
    let before = block.start.checked_sub(1).map_or(x, |i| tape.output(i));
    let width = network.nodes()[block.end - 1].layer.output().len().max(1);
    let cosine = |(a, b): (&[f32], &[f32])| {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(f64::MIN_POSITIVE)
    };
    let sum: f64 = before.chunks_exact(width).zip(after.chunks_exact(width)).take(batch).map(cosine).sum();
    Ok(1.0 - sum / batch.max(1) as f64)
}

fn samples<'a>(at_hand: &AtHand<'a>) -> Result<&'a [f32], SpecError> {
    let x = at_hand.calibration.inputs;
    if x.is_empty() { Err(refused("it looks at training samples, and there are none here".into())) } else { Ok(x) }
}

fn refused(reason: String) -> SpecError {
    SpecError::Incompatible { field: super::CATALOG.field.into(), reason }
}
