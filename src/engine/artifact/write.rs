//! Writing: header, structure, data.

use super::{
    CELLS, FORMS, Form, Layout, MAGIC, VERSION,
    checksum::crc32,
    data::{self, Section},
    deflate::{Search, squeeze},
    flag, tag, width,
};
use crate::engine::{
    catalog::Pick,
    layers::Op,
    packed::{PackedLayer, PackedModel, Skips, Values, Weights},
};

/// What is tried for the deflated form.
const CANDIDATES: &[(Layout, Search)] = &[
    (Layout::Packed, Search::Nothing),
    (Layout::Sparse, Search::Nothing),
    (Layout::Bytes, Search::Nothing),
    (Layout::Bytes, Search::Runs),
];

/// The file, and how many of its bytes are weights and biases.
pub fn write(model: &PackedModel, form: Form, meta: &str) -> (Vec<u8>, u64) {
    if form == Form::Deflate {
        return deflated(model, meta);
    }
    let plain = matches!(form, Form::Dense | Form::Masked).then(|| as_floats(model));
    let model = plain.as_ref().unwrap_or(model);
    let layout = if form == Form::Sparse { Layout::Sparse } else { Layout::Packed };
    let section = data::write(model, layout);
    (file(model, form, layout, &section, &section.bytes, meta), section.payload)
}

/// The shortest of all candidates.
fn deflated(model: &PackedModel, meta: &str) -> (Vec<u8>, u64) {
    let floats = model.layers.iter().filter_map(|l| l.weights.as_ref()).all(|w| w.bits() == 32);
    let packed = data::write(model, Layout::Packed);
    let mut best: Option<(Vec<u8>, u64)> = None;
    let mut consider = |layout: Layout, section: &Section, stored: &[u8]| {
        let file = file(model, Form::Deflate, layout, section, stored, meta);
        if best.as_ref().is_none_or(|(best, _)| file.len() < best.len()) {
            best = Some((file, stored.len() as u64));
        }
    };
    for (layout, search) in CANDIDATES {
        let section = data::write(model, *layout);
        let hopeless = match layout {
            // Floats by planes come out shorter than floats in a row.
            Layout::Packed => floats,
            Layout::Sparse => section.bytes.len() > packed.bytes.len(),
            Layout::Bytes | Layout::Coded => false,
        };
        if hopeless {
            continue;
        }
        consider(*layout, &section, &squeeze(&section.bytes, *search));
    }
    // Floats alone have no codes, and deflate them all at once.
    if !floats {
        let section = data::write(model, Layout::Coded);
        consider(Layout::Coded, &section, &section.bytes);
    }
    best.unwrap_or_default()
}

/// The model with every weight as the float it stands for.
fn as_floats(model: &PackedModel) -> PackedModel {
    let layers = model.layers.iter().map(|layer| {
        let weights = layer.weights.as_ref().map(|w| Weights { values: Values::F32(w.to_f32()), ..w.clone() });
        PackedLayer { weights, activation: None, op: layer.op.clone(), bias: layer.bias.clone() }
    });
    PackedModel { input: model.input.clone(), layers: layers.collect() }
}

fn file(model: &PackedModel, form: Form, layout: Layout, section: &Section, stored: &[u8], meta: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(stored.len() + meta.len() + 256);
    out.extend(MAGIC);
    out.extend([VERSION, FORMS.iter().position(|f| *f == form).unwrap_or(0) as u8]);
    let checksum_at = out.len();
    out.extend([0; 4]);
    out.push(layout as u8);
    text(&mut out, meta);
    varint(&mut out, model.input.0.len());
    model.input.0.iter().for_each(|d| varint(&mut out, *d));
    varint(&mut out, model.layers.len());
    let mut gaps = section.gaps.iter();
    for layer in &model.layers {
        op(&mut out, &layer.op);
        if let Some(weights) = &layer.weights {
            weighted(&mut out, layer, weights);
            if let Some((width, count)) = gaps.next() {
                out.push(*width as u8);
                varint(&mut out, *count);
            }
        }
    }
    varint(&mut out, section.bytes.len());
    out.extend(stored);
    let checksum = crc32(&out[checksum_at + 4..]);
    out[checksum_at..checksum_at + 4].copy_from_slice(&checksum.to_le_bytes());
    out
}

fn op(out: &mut Vec<u8>, op: &Op) {
    let mut put = |tag: u8, numbers: &[usize]| {
        out.push(tag);
        numbers.iter().for_each(|n| varint(out, *n));
    };
    match op {
        Op::Dense { outputs, .. } => put(tag::DENSE, &[*outputs]),
        Op::Conv2d(s) => put(tag::CONV2D, &[s.filters, s.kernel, s.stride, s.padding, s.output.0, s.output.1]),
        Op::Depthwise(s) => put(tag::DEPTHWISE, &[s.kernel, s.stride, s.padding, s.output.0, s.output.1]),
        Op::GlobalPool { .. } => put(tag::GLOBAL_POOL, &[]),
        Op::Pool2d { size, stride, average, .. } => put(if *average { tag::AVERAGE_POOL } else { tag::MAX_POOL }, &[*size, *stride]),
        Op::Activation(pick) => {
            put(tag::ACTIVATION, &[]);
            activation(out, pick);
        }
        Op::Affine { .. } => put(tag::AFFINE, &[]),
        Op::LayerNorm { .. } => put(tag::LAYER_NORM, &[]),
        Op::Recurrent(sizes) => {
            put(tag::RECURRENT, &[CELLS.iter().position(|c| *c == sizes.cell).unwrap_or(0), sizes.units, usize::from(sizes.sequence)])
        }
        Op::Embedding { tokens, size, .. } => put(tag::EMBEDDING, &[*tokens, *size]),
        Op::Position { .. } => put(tag::POSITION, &[]),
        Op::Attention(sizes) => put(tag::ATTENTION, &[sizes.heads, usize::from(sizes.causal)]),
        Op::Exit { classes, .. } => put(tag::EXIT, &[*classes]),
        Op::Add { back } => put(tag::ADD, &[*back]),
        Op::Flatten => put(tag::FLATTEN, &[]),
        Op::Identity => put(tag::IDENTITY, &[]),
    }
}

fn activation(out: &mut Vec<u8>, pick: &Pick) {
    text(out, &pick.key);
    varint(out, pick.params.len());
    for (key, value) in &pick.params {
        text(out, key);
        out.extend(value.to_le_bytes());
    }
}

fn weighted(out: &mut Vec<u8>, layer: &PackedLayer, weights: &Weights) {
    let (scales, zeros, group): (&[f32], &[i8], usize) = match &weights.values {
        Values::F32(_) | Values::Codebook { .. } => (&[], &[], 0),
        Values::Float { scales, .. } => (scales, &[], 0),
        Values::Int { scales, zeros, group, .. } => (scales, zeros, *group),
    };
    let mut flags = match weights.skips {
        Skips::Nothing => 0,
        Skips::Zeros => flag::SPARSE,
        Skips::OfFour => flag::OF_FOUR,
    };
    let mut raise = |flag: u8, when: bool| flags |= if when { flag } else { 0 };
    raise(flag::PER_UNIT, scales.len() > 1 && group == 0);
    raise(flag::GROUPS, group > 0);
    raise(flag::ZEROS, !zeros.is_empty());
    raise(flag::INTEGER, layer.activation.is_some());
    raise(flag::NARROW, layer.activation.is_some_and(|activation| activation.bits < 8));
    let float = |kind| width::FLOATS.iter().find(|(_, known)| *known == kind).map_or(0, |(byte, _)| *byte);
    let width = match weights.values {
        Values::Float { kind, .. } => float(kind),
        Values::Codebook { .. } => width::CODEBOOK,
        _ => weights.bits() as u8,
    };
    out.extend([width, flags]);
    if let Some(activation) = layer.activation {
        out.extend(activation.scale.to_le_bytes());
        out.push(activation.zero as i8 as u8);
        if activation.bits < 8 {
            out.push(activation.bits as u8);
        }
    }
    if group > 0 {
        varint(out, group);
    }
    scales.iter().for_each(|s| out.extend(s.to_le_bytes()));
    zeros.iter().for_each(|z| out.push(*z as u8));
    if let Values::Codebook { table, .. } = &weights.values {
        out.push((table.len() - 1) as u8);
        table.iter().for_each(|value| out.extend(value.to_le_bytes()));
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    varint(out, text.len());
    out.extend(text.as_bytes());
}

/// Seven bits per byte, low ones first; the top bit says that more follow (LEB128).
pub(super) fn varint(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
