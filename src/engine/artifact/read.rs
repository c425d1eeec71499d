//! Reading: everything is checked before memory is taken for it.

use std::borrow::Cow;

use super::{
    ArtifactError, CELLS, Decoded, FORMS, Form, Layout, MAGIC, VERSION,
    checksum::crc32,
    data::{self, Plan},
    deflate::expand,
    flag,
    reader::Reader,
    sparse, tag, width,
};
use crate::{
    engine::{
        activations,
        catalog::Pick,
        layers::{Attention, Conv2dShape, Op, Recurrent},
        network::{MAX_ACTIVATIONS, MAX_PARAMS},
        packed::{ActivationScale, PackedLayer, PackedModel, Skips, Weights, bias_count, constant_count, matrix},
        quantization::{Format, codebook},
        shape::Shape,
    },
    kernels::{attention::MAX_PAIRS, grouped, matmul_i8, spmm},
};

const MAX_LAYERS: usize = 1000;
const MAX_META: usize = 1 << 20;
/// Most of any single number of the structure.
const MAX_NUMBER: usize = 8_000_000;

/// A layer whose weights are still to come.
struct Planned {
    op: Op,
    plan: Option<Plan>,
    skips: Skips,
    activation: Option<ActivationScale>,
}

/// See [`super::decode`].
pub fn read(bytes: &[u8]) -> Result<Decoded, ArtifactError> {
    let mut reader = Reader::new(bytes);
    if reader.take(4, "header").ok() != Some(MAGIC) {
        return Err(ArtifactError::NotAModel);
    }
    let version = reader.byte("header")?;
    if version != VERSION {
        return Err(ArtifactError::Version { found: version, known: VERSION });
    }
    let form = *FORMS.get(usize::from(reader.byte("header")?)).ok_or_else(|| invalid("its form is unknown"))?;
    let checksum = reader.take(4, "header")?;
    if crc32(reader.rest()).to_le_bytes() != checksum {
        return Err(ArtifactError::Damaged);
    }
    let layout = match (form, reader.byte("header")?) {
        (Form::Sparse | Form::Deflate, 1) => Layout::Sparse,
        (Form::Deflate, 2) => Layout::Bytes,
        (Form::Deflate, 3) => Layout::Coded,
        (Form::Sparse, _) | (_, 1..) => return Err(invalid("its layout is unknown")),
        (_, 0) => Layout::Packed,
    };
    let meta = reader.text(MAX_META, "description")?.to_string();
    let (input, layers) = structure(&mut reader, layout)?;
    let data = section(&mut reader, form, layout, &layers)?;
    Ok(Decoded { model: PackedModel { input, layers: fill(layers, layout, &data)? }, form, meta })
}

fn structure(reader: &mut Reader<'_>, layout: Layout) -> Result<(Shape, Vec<Planned>), ArtifactError> {
    let rank = reader.number(3, "number of input dimensions")?;
    if rank == 0 {
        return Err(invalid("its input has no dimension"));
    }
    let input = Shape((0..rank).map(|_| positive(reader, "input dimension")).collect::<Result<_, _>>()?);
    let mut shape = input.clone();
    let (mut activations, mut params) = (shape.count(), 0_u64);
    let mut layers = Vec::new();
    // What comes into each layer, and out of the last.
    let mut shapes = vec![input.clone()];
    for _ in 0..reader.number(MAX_LAYERS, "number of layers")? {
        // Before anything of the layer's size is used or kept.
        let op = operation(reader, &shape)?;
        shape = op.output(&shape);
        activations = activations.saturating_add(shape.count());
        if let Op::Recurrent(sizes) = &op {
            // What it computes on its way.
            let of_a_step = 6_u64.saturating_mul(sizes.units as u64);
            activations = activations.saturating_add(of_a_step.saturating_mul(sizes.steps as u64));
        }
        if let Op::Attention(sizes) = &op {
            activations = activations.saturating_add(4_u64.saturating_mul(shape.count()));
            if sizes.pairs() > MAX_PAIRS {
                return Err(invalid("it compares more positions than the limits of this page"));
            }
        }
        if let Some((inputs, units)) = matrix(&op) {
            params = params.saturating_add((inputs as u64 + 1).saturating_mul(units as u64));
        }
        params = params.saturating_add(constant_count(&op) as u64);
        if let Op::Add { back } = op
            && (back == 0 || back > layers.len() || shapes[layers.len() - back] != shape)
        {
            return Err(invalid("a skip connection leads from nowhere, or between different shapes"));
        }
        shapes.push(shape.clone());
        if activations > MAX_ACTIVATIONS || params > MAX_PARAMS {
            return Err(invalid("it is larger than the limits of this page"));
        }
        layers.push(planned(reader, op, layout)?);
    }
    let foreign = |op: &Op| matches!(op, Op::Exit { classes, .. } if *classes as u64 != shape.count());
    if layers.iter().any(|layer| foreign(&layer.op)) {
        return Err(invalid("an early exit answers otherwise than the network"));
    }
    Ok((input, layers))
}

fn operation(reader: &mut Reader<'_>, shape: &Shape) -> Result<Op, ArtifactError> {
    let image = shape.image().ok_or_else(|| invalid("a layer that needs an image gets a row"));
    match reader.byte("layer")? {
        // An image is read as one row.
        tag::DENSE => Ok(Op::Dense { inputs: shape.len(), outputs: positive(reader, "number of units")? }),
        tag::CONV2D => {
            let filters = positive(reader, "number of filters")?;
            convolution(reader, image?, filters).map(Op::Conv2d)
        }
        tag::DEPTHWISE => {
            let image = image?;
            convolution(reader, image, image.2).map(Op::Depthwise)
        }
        tag::GLOBAL_POOL => image.map(|(height, width, channels)| Op::GlobalPool { positions: height * width, channels }),
        tag @ (tag::MAX_POOL | tag::AVERAGE_POOL) => {
            let (input, size, stride) = (image?, positive(reader, "window")?, positive(reader, "stride")?);
            if size > input.0 || size > input.1 {
                return Err(invalid("a pooling window is larger than its image"));
            }
            Ok(Op::Pool2d { input, size, stride, average: tag == tag::AVERAGE_POOL })
        }
        tag::ACTIVATION => activation(reader),
        tag::AFFINE => Ok(Op::Affine { channels: channels(shape) }),
        tag::LAYER_NORM => Ok(Op::LayerNorm { channels: channels(shape) }),
        tag::RECURRENT => recurrent(reader, shape).map(Op::Recurrent),
        tag::EMBEDDING => {
            let [steps] = shape.0[..] else { return Err(invalid("an embedding gets no row")) };
            Ok(Op::Embedding { steps, tokens: positive(reader, "number of tokens")?, size: positive(reader, "size of an embedding")? })
        }
        tag::POSITION | tag::ATTENTION if shape.0.len() < 2 => Err(invalid("a layer that needs positions gets a row")),
        tag::POSITION => {
            let (positions, channels) = shape.positions();
            Ok(Op::Position { positions, channels })
        }
        tag::ATTENTION => {
            let (positions, channels) = shape.positions();
            let (heads, causal) = (positive(reader, "number of heads")?, reader.number(1, "whether it looks back only")? == 1);
            if channels % heads != 0 {
                return Err(invalid("its heads cannot share its channels out"));
            }
            Ok(Op::Attention(Attention { positions, channels, heads, causal }))
        }
        tag::ADD => Ok(Op::Add { back: positive(reader, "length of a skip connection")? }),
        tag::EXIT => {
            let (positions, channels) = shape.positions();
            Ok(Op::Exit { positions, channels, classes: positive(reader, "number of classes")? })
        }
        tag::FLATTEN => Ok(Op::Flatten),
        tag::IDENTITY => Ok(Op::Identity),
        _ => Err(invalid("a layer is of an unknown kind")),
    }
}

/// A convolution whose output is that of `same` or `valid` padding: the only ones that layers make.
fn convolution(reader: &mut Reader<'_>, input: (usize, usize, usize), filters: usize) -> Result<Conv2dShape, ArtifactError> {
    let (kernel, stride) = (positive(reader, "kernel")?, positive(reader, "stride")?);
    let mut number = || reader.number(MAX_NUMBER, "convolution");
    let (padding, output) = (number()?, (number()?, number()?));
    let same = padding == (kernel - 1) / 2 && output == (input.0.div_ceil(stride), input.1.div_ceil(stride));
    let fits = kernel <= input.0 && kernel <= input.1;
    let valid = fits && padding == 0 && output == ((input.0 - kernel) / stride + 1, (input.1 - kernel) / stride + 1);
    if !same && !valid {
        return Err(invalid("a convolution's output does not follow from its input"));
    }
    if (kernel as u64).saturating_mul(kernel as u64).saturating_mul(input.2 as u64) > MAX_PARAMS {
        return Err(invalid("a convolution's kernel is too large"));
    }
    Ok(Conv2dShape { input, output, filters, kernel, stride, padding })
}

fn activation(reader: &mut Reader<'_>) -> Result<Op, ArtifactError> {
    let mut pick = Pick::new(reader.text(64, "activation")?);
    for _ in 0..reader.number(16, "number of settings")? {
        let key = reader.text(64, "setting")?;
        pick = pick.with(key, reader.f64("setting")?);
    }
    activations::CATALOG.resolve(&pick).map_err(|error| invalid(&error.to_string()))?;
    Ok(Op::Activation(pick))
}

/// A recurrent layer that reads steps, or an image row by row.
fn recurrent(reader: &mut Reader<'_>, shape: &Shape) -> Result<Recurrent, ArtifactError> {
    let cell = *CELLS
        .get(reader.number(CELLS.len() - 1, "kind of recurrent layer")?)
        .ok_or_else(|| invalid("a recurrent layer is of an unknown kind"))?;
    let (steps, features) = match shape.0[..] {
        [steps, features] => (steps, features),
        [height, width, channels] => (height, width.saturating_mul(channels)),
        _ => return Err(invalid("a recurrent layer gets a row")),
    };
    let (units, sequence) = (positive(reader, "number of units")?, reader.number(1, "whether all states are given")? == 1);
    Ok(Recurrent { cell, steps, features, units, sequence })
}

/// Channels of an image, units of a row.
fn channels(shape: &Shape) -> usize {
    shape.0.last().copied().unwrap_or(1)
}

fn planned(reader: &mut Reader<'_>, op: Op, layout: Layout) -> Result<Planned, ArtifactError> {
    let Some((inputs, units)) = matrix(&op) else {
        return Ok(Planned { op, plan: None, skips: Skips::Nothing, activation: None });
    };
    let biases = bias_count(&op, units);
    let (width, flags) = (reader.byte("width")?, reader.byte("flags")?);
    let float = width::FLOATS.iter().find(|(byte, _)| *byte == width).map(|(_, kind)| *kind);
    let format = match (width, float) {
        (32, _) => Format::F32,
        (_, Some(kind)) => Format::Float(kind),
        (1..=8, None) => Format::Int(u32::from(width)),
        // How many bits a code has follows from how many values there are.
        (width::CODEBOOK, None) => Format::Codebook(8),
        _ => return Err(invalid("a width is no number of bits of a weight")),
    };
    let has = |flag| flags & flag != 0;
    let (floats, whole, shared) = (format == Format::F32, matches!(format, Format::Int(_)), matches!(format, Format::Codebook(_)));
    let contradicts = flags & !flag::ALL != 0
        || (!whole && (has(flag::INTEGER) || has(flag::GROUPS) || has(flag::ZEROS)))
        || (!whole && (format.bits() != 8 || shared) && has(flag::PER_UNIT))
        || (has(flag::GROUPS) && has(flag::PER_UNIT))
        || (has(flag::ZEROS) && format == Format::Int(1))
        || (has(flag::NARROW) && !has(flag::INTEGER));
    if contradicts {
        return Err(invalid("a layer's flags contradict its width"));
    }
    let plain = floats || (whole && !has(flag::GROUPS) && !has(flag::ZEROS));
    let skips = match (has(flag::SPARSE), has(flag::OF_FOUR)) {
        (false, false) => Skips::Nothing,
        (true, false) if plain => Skips::Zeros,
        (false, true) if floats => Skips::OfFour,
        _ => return Err(invalid("a layer's flags contradict its width")),
    };
    if (has(flag::SPARSE) && inputs > spmm::MAX_INPUTS) || (has(flag::INTEGER) && inputs > matmul_i8::MAX_INPUTS) {
        return Err(invalid("a layer has more inputs than its kernel takes"));
    }
    let activation = if has(flag::INTEGER) { Some(activation_scale(reader, has(flag::NARROW))?) } else { None };
    let group = if has(flag::GROUPS) { positive(reader, "group")? } else { 0 };
    if group > grouped::LONGEST || (group > 0 && group >= inputs) {
        return Err(invalid("a group has more inputs than a unit, or than its kernel takes"));
    }
    let count = match format {
        Format::F32 | Format::Codebook(_) => 0,
        Format::Float(kind) if kind.bits() == 16 => 0,
        _ if group > 0 => units.saturating_mul(inputs.div_ceil(group)),
        _ if has(flag::PER_UNIT) => units,
        _ => 1,
    };
    let scales = (0..count).map(|_| scale(reader)).collect::<Result<_, _>>()?;
    let zeros = (0..if has(flag::ZEROS) { count } else { 0 }).map(|_| zero(reader, format.bits())).collect::<Result<_, _>>()?;
    let table = if shared { table(reader)? } else { Vec::new() };
    let format = if shared { Format::Codebook(codebook::width(table.len())) } else { format };
    let gaps = match layout {
        Layout::Sparse => {
            let width = u32::from(reader.byte("positions")?);
            if !sparse::WIDTHS.contains(&width) {
                return Err(invalid("positions have an unknown width"));
            }
            Some((width, reader.number(inputs * units, "number of weights")?))
        }
        _ => None,
    };
    Ok(Planned { op, plan: Some(Plan { inputs, units, biases, format, group, scales, zeros, table, gaps }), skips, activation })
}

/// The data section as it was before any deflate.
fn section<'a>(reader: &mut Reader<'a>, form: Form, layout: Layout, layers: &[Planned]) -> Result<Cow<'a, [u8]>, ArtifactError> {
    let of = |l: &Planned| l.plan.as_ref().map_or(4 * constant_count(&l.op) as u64, |plan| plan.most_bytes(layout));
    let most: u64 = layers.iter().map(of).sum();
    let len = reader.number(usize::try_from(most).unwrap_or(usize::MAX), "length of data")?;
    let stored = reader.rest();
    let data = if form == Form::Deflate && layout != Layout::Coded {
        Cow::Owned(expand(stored, len).ok_or_else(|| invalid("its data cannot be inflated"))?)
    } else {
        Cow::Borrowed(stored)
    };
    if data.len() != len {
        return Err(invalid("its data has another length than it says"));
    }
    Ok(data)
}

fn fill(layers: Vec<Planned>, layout: Layout, mut data: &[u8]) -> Result<Vec<PackedLayer>, ArtifactError> {
    let mut filled = Vec::with_capacity(layers.len());
    for Planned { op, plan, skips, activation } in layers {
        let (mut weights, mut bias) = (None, Vec::new());
        if let Some(plan) = plan {
            let (values, biases, taken) = plan.read(data, layout)?;
            data = &data[taken..];
            bias = biases;
            let filled = Weights { inputs: plan.inputs, units: plan.units, values, skips };
            if skips == Skips::OfFour && !filled.is_semi_structured() {
                return Err(invalid("a layer has more weights in a group of four than its kernel takes"));
            }
            weights = Some(filled);
        } else if constant_count(&op) > 0 {
            let (numbers, taken) = data::constants(data, constant_count(&op), layout)?;
            data = &data[taken..];
            bias = numbers;
        }
        filled.push(PackedLayer { op, weights, bias, activation });
    }
    if data.is_empty() { Ok(filled) } else { Err(invalid("it holds more data than its layers take")) }
}

fn positive(reader: &mut Reader<'_>, what: &'static str) -> Result<usize, ArtifactError> {
    match reader.number(MAX_NUMBER, what)? {
        0 => Err(invalid(&format!("{what} is 0"))),
        value => Ok(value),
    }
}

/// How activations become whole numbers: of 8 bits, or, if it is `narrow`, of fewer.
fn activation_scale(reader: &mut Reader<'_>, narrow: bool) -> Result<ActivationScale, ArtifactError> {
    let (scale, zero) = (scale(reader)?, reader.byte("zero point")? as i8);
    let bits = if narrow { u32::from(reader.byte("width of activations")?) } else { 8 };
    if scale == 0.0 {
        return Err(invalid("a step size of activations is zero"));
    }
    if (narrow && !(2..=7).contains(&bits)) || !fits(zero, bits) {
        return Err(invalid("a zero point of activations is beyond their width"));
    }
    Ok(ActivationScale { scale, zero: i32::from(zero), bits })
}

/// The values that a layer's weights share.
fn table(reader: &mut Reader<'_>) -> Result<Vec<f32>, ArtifactError> {
    let count = usize::from(reader.byte("number of values")?) + 1;
    let table = (0..count).map(|_| reader.f32("value")).collect::<Result<Vec<f32>, _>>()?;
    if table.iter().any(|value| !value.is_finite()) || table[1..].contains(&0.0) {
        return Err(invalid("a value of a layer is no finite number, or a zero that is not the first"));
    }
    Ok(table)
}

fn zero(reader: &mut Reader<'_>, bits: u32) -> Result<i8, ArtifactError> {
    let zero = reader.byte("zero point")? as i8;
    if fits(zero, bits) { Ok(zero) } else { Err(invalid("a zero point is beyond the width of its weights")) }
}

/// Whether a code is one of `bits` bits.
fn fits(code: i8, bits: u32) -> bool {
    i32::from(code) >> (bits - 1) == i32::from(code) >> 7
}

fn scale(reader: &mut Reader<'_>) -> Result<f32, ArtifactError> {
    let scale = reader.f32("step size")?;
    if scale.is_finite() && scale >= 0.0 { Ok(scale) } else { Err(invalid("a step size is negative or no number")) }
}

fn invalid(what: &str) -> ArtifactError {
    ArtifactError::Invalid { what: what.into() }
}
