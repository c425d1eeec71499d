//! All positions of a mini-batch at once for the four matrices; the pairs of one head and sample after the other.

use super::Attention;
use crate::kernels::{
    Back, Scratch,
    elementwise::{math::exp, sum_rows},
    matmul_f32::{Mat, affine, matmul},
};

/// Parts of what is kept: queries, keys, values and what the heads put out, `[B, T, E]` each, and what pairs count, `[B, heads, T, T]`.
fn parts<'a>(layer: &Attention, batch: usize, kept: &'a mut [f32]) -> [&'a mut [f32]; 5] {
    let len = batch * layer.len();
    let (queries, rest) = kept.split_at_mut(len);
    let (keys, rest) = rest.split_at_mut(len);
    let (values, rest) = rest.split_at_mut(len);
    let (seen, pairs) = rest.split_at_mut(len);
    [queries, keys, values, seen, pairs]
}

/// The channels of one head of one sample, as a matrix `[T, width]` in `[B, T, E]`.
fn of_head<'a>(layer: &Attention, values: &'a [f32], (sample, head): (usize, usize)) -> Mat<'a> {
    Mat { data: &values[sample * layer.len() + head * layer.width()..], row_stride: layer.channels, column_stride: 1 }
}

/// Puts `from[T, width]` at the channels of one head of one sample.
fn put(layer: &Attention, from: &[f32], (sample, head): (usize, usize), to: &mut [f32]) {
    let (e, d) = (layer.channels, layer.width());
    for (to, from) in to[sample * layer.len()..(sample + 1) * layer.len()].chunks_exact_mut(e).zip(from.chunks_exact(d)) {
        to[head * d..(head + 1) * d].copy_from_slice(from);
    }
}

/// What each head of each sample is, in order.
fn heads(layer: &Attention, batch: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
    let heads = layer.heads;
    (0..batch).flat_map(move |sample| (0..heads).map(move |head| (sample, head)))
}

/// One over the root of a head's width: what products of queries and keys are multiplied with.
fn scale(layer: &Attention) -> f32 {
    1.0 / (layer.width() as f32).sqrt()
}

/// `y[B, T, E]` from `x[B, T, E]`; writes `kept`, [`Attention::kept`] for each sample.
pub fn forward(layer: &Attention, batch: usize, params: &[f32], x: &[f32], y: &mut [f32], kept: &mut [f32], scratch: &mut Scratch) {
    if batch == 0 {
        return;
    }
    let (t, e, d) = (layer.positions, layer.channels, layer.width());
    let (weights, biases) = layer.split(params);
    let [queries, keys, values, seen, pairs] = parts(layer, batch, kept);
    for (which, to) in [&mut *queries, &mut *keys, &mut *values].into_iter().enumerate() {
        affine((batch * t, e, e), Mat::rows(x, e), Mat::rows(weights[which], e), biases[which], to, scratch);
    }
    // Products take the scratch too, so its buffer is taken out meanwhile.
    let mut buffer = std::mem::take(&mut scratch.layer);
    buffer.clear();
    buffer.resize(t * d, 0.0);
    for (at, pairs) in heads(layer, batch).zip(pairs.chunks_exact_mut(t * t)) {
        matmul((t, t, d), of_head(layer, queries, at), of_head(layer, keys, at).transposed(), pairs, false, scratch);
        for (i, row) in pairs.chunks_exact_mut(t).enumerate() {
            let (shown, hidden) = row.split_at_mut(if layer.causal { i + 1 } else { t });
            softmax(shown, scale(layer));
            hidden.fill(0.0);
        }
        matmul((t, d, t), Mat::rows(pairs, t), of_head(layer, values, at), &mut buffer, false, scratch);
        put(layer, &buffer, at, seen);
    }
    scratch.layer = buffer;
    affine((batch * t, e, e), Mat::rows(seen, e), Mat::rows(weights[3], e), biases[3], y, scratch);
}

/// Makes shares of `scores` times `scale`, which are finite or make none.
fn softmax(scores: &mut [f32], scale: f32) {
    let most = scores.iter().fold(f32::NEG_INFINITY, |most, s| most.max(*s));
    scores.iter_mut().for_each(|s| *s = exp((*s - most) * scale));
    let share = 1.0 / scores.iter().sum::<f32>();
    scores.iter_mut().for_each(|s| *s *= share);
}

/// Adds the gradients by the parameters to `dparams`, sample by sample in order, and overwrites `dx`.
pub fn backward(layer: &Attention, back: &Back<'_>, dparams: &mut [f32], dx: Option<&mut [f32]>, scratch: &mut Scratch) {
    if back.batch == 0 {
        return;
    }
    let (t, e, d) = (layer.positions, layer.channels, layer.width());
    let (rows, len) = (back.batch * t, back.batch * layer.len());
    let (weights, _) = layer.split(back.params);
    let [queries, keys, values, seen] = std::array::from_fn(|i| &back.kept[i * len..(i + 1) * len]);
    let pairs = &back.kept[4 * len..];
    let mut buffer = std::mem::take(&mut scratch.layer);
    buffer.clear();
    buffer.resize(4 * len + t * t + t * d, 0.0);
    // Gradients by queries, keys, values and what the heads put out; by the pairs of one head; and of one head's channels.
    let (by, rest) = buffer.split_at_mut(3 * len);
    let (dseen, rest) = rest.split_at_mut(len);
    let (dpairs, one) = rest.split_at_mut(t * t);
    matmul((rows, e, e), Mat::rows(back.dy, e), Mat::rows(weights[3], e).transposed(), dseen, false, scratch);
    let (dqueries, rest) = by.split_at_mut(len);
    let (dkeys, dvalues) = rest.split_at_mut(len);
    for (at, pairs) in heads(layer, back.batch).zip(pairs.chunks_exact(t * t)) {
        let (shares, dseen) = (Mat::rows(pairs, t), of_head(layer, dseen, at));
        matmul((t, d, t), shares.transposed(), dseen, one, false, scratch);
        put(layer, one, at, dvalues);
        matmul((t, t, d), dseen, of_head(layer, values, at).transposed(), dpairs, false, scratch);
        for (d, share) in dpairs.chunks_exact_mut(t).zip(pairs.chunks_exact(t)) {
            let mean: f32 = d.iter().zip(share).map(|(d, share)| d * share).sum();
            d.iter_mut().zip(share).for_each(|(d, share)| *d = share * (*d - mean) * scale(layer));
        }
        matmul((t, d, t), Mat::rows(dpairs, t), of_head(layer, keys, at), one, false, scratch);
        put(layer, one, at, dqueries);
        matmul((t, d, t), Mat::rows(dpairs, t).transposed(), of_head(layer, queries, at), one, false, scratch);
        put(layer, one, at, dkeys);
    }
    let (dweights, dbiases) = dparams.split_at_mut(4 * e * e);
    let inputs = [(back.x, &*dqueries), (back.x, &*dkeys), (back.x, &*dvalues), (seen, back.dy)];
    for ((input, by), (dweight, dbias)) in inputs.into_iter().zip(dweights.chunks_exact_mut(e * e).zip(dbiases.chunks_exact_mut(e))) {
        matmul((e, e, rows), Mat::rows(input, e).transposed(), Mat::rows(by, e), dweight, true, scratch);
        sum_rows(by, dbias);
    }
    if let Some(dx) = dx {
        for (which, by) in [&*dqueries, &*dkeys, &*dvalues].into_iter().enumerate() {
            matmul((rows, e, e), Mat::rows(by, e), Mat::rows(weights[which], e).transposed(), dx, which > 0, scratch);
        }
    }
    scratch.layer = buffer;
}
