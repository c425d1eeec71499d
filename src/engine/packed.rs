//! A model as it is stored, run and downloaded: plain data, every weight at its width in bits.

use std::borrow::Cow;

use super::{
    fold::{self, Folded},
    layers::Op,
    network::Network,
    quantization::{self, Format, bits, codebook},
    shape::Shape,
};
use crate::kernels::{semi_structured, small_floats::Kind};

/// Layers in order, one for each layer of the network it was made from (removed units make layers narrower, never absent).
#[derive(Clone, Debug, PartialEq)]
pub struct PackedModel {
    /// Shape of one input sample.
    pub input: Shape,
    /// The layers.
    pub layers: Vec<PackedLayer>,
}

/// One layer of a [`PackedModel`].
#[derive(Clone, Debug, PartialEq)]
pub struct PackedLayer {
    /// What it computes.
    pub op: Op,
    /// Its weights; `None` for operations that have none.
    pub weights: Option<Weights>,
    /// One number per output unit; of a recurrent layer two for each column of its matrix; of a normalization a factor for each channel, then a summand for each; empty for operations that have none.
    pub bias: Vec<f32>,
    /// How its input becomes integers; `None` where it stays 32-bit floats.
    pub activation: Option<ActivationScale>,
}

/// A weight matrix `[K, N]`: `K` inputs, `N` output units.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// `K`.
    pub inputs: usize,
    /// `N`.
    pub units: usize,
    /// The numbers.
    pub values: Values,
    /// What the kernel that runs it leaves out.
    pub skips: Skips,
}

/// What a kernel leaves out of a matrix. All else it multiplies like any other number, zeros too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Skips {
    /// Nothing.
    #[default]
    Nothing,
    /// Every zero.
    Zeros,
    /// Two or three inputs of every four that a unit has side by side, which are zeros ([`semi_structured`]). For 32-bit floats only.
    OfFour,
}

/// The numbers of a weight matrix.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// 32-bit floats `[K, N]`, the unit contiguous.
    F32(Vec<f32>),
    /// Floats of 16 or 8 bits.
    Float {
        /// Their format.
        kind: Kind,
        /// Step sizes of 8-bit floats: one for the whole matrix, or one per unit. Floats of 16 bits have none.
        scales: Vec<f32>,
        /// Finite codes `[N, K]`, the input contiguous.
        codes: Vec<u16>,
    },
    /// Whole numbers times a step size.
    Int {
        /// Bits of one code, 1 to 8. Without zero points one bit means −1 or +1, and `b ≥ 2` bits mean `−(2^(b−1) − 1) … 2^(b−1) − 1`; with
        /// them `−2^(b−1) … 2^(b−1) − 1`.
        bits: u32,
        /// Inputs that share a step size, fewer than a unit has; 0 where all of a unit do.
        group: usize,
        /// Step sizes: one for the whole matrix, one per unit, or `[N, groups]`.
        scales: Vec<f32>,
        /// The codes of 0, as many as step sizes; empty where all are 0.
        zeros: Vec<i8>,
        /// The codes `[N, K]`, the input contiguous, as one stream of `bits` bits each (see [`bits::pack`]).
        codes: Vec<u8>,
    },
    /// Floats of which the layer has few.
    Codebook {
        /// They, each once and 1 to 256 of them. Zero, if it is one, is the first, and no other.
        table: Vec<f32>,
        /// The places in it `[N, K]`, the input contiguous, as one stream of [`codebook::width`] bits each.
        codes: Vec<u8>,
    },
}

/// Activations as whole numbers: `x ≈ scale · (q − zero)` with `q` in `−2^(b−1) … 2^(b−1) − 1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActivationScale {
    /// Real units per step.
    pub scale: f32,
    /// The code that stands for 0, exactly.
    pub zero: i32,
    /// Bits of a code, 2 to 8. Whatever they are, codes are kept in bytes and multiplied as such.
    pub bits: u32,
}

impl ActivationScale {
    /// The finest scale of 8 bits that reaches from `min` to `max` and holds 0 exactly (affine, as PyTorch's `MinMaxObserver` for qint8).
    #[must_use]
    pub fn from_range(min: f32, max: f32) -> Self {
        Self::over(min, max, 8)
    }

    /// [`ActivationScale::from_range`] for `bits` bits, 2 to 8.
    #[must_use]
    pub fn over(min: f32, max: f32, bits: u32) -> Self {
        let (min, max) = (min.min(0.0), max.max(0.0));
        let (steps, least) = (((1 << bits) - 1) as f32, -((1 << (bits - 1)) as f32));
        let scale = (max - min) / steps;
        if scale.is_normal() {
            Self { scale, zero: (least - quantization::round(min / scale)) as i32, bits }
        } else {
            Self { scale: 1.0, zero: 0, bits }
        }
    }

    /// The least and the largest code, less the zero point.
    #[must_use]
    pub fn ends(self) -> (f32, f32) {
        let half = 1 << (self.bits - 1);
        ((-half - self.zero) as f32, (half - 1 - self.zero) as f32)
    }

    /// The codes of `x`, less the zero point (−255 … 255). NaN becomes the lowest.
    pub fn quantize_all(self, x: &[f32], codes: &mut [i16]) {
        self.steps(x, codes, quantization::round_i16);
    }

    /// [`ActivationScale::quantize_all`], the codes as floats.
    pub fn quantize_all_f32(self, x: &[f32], codes: &mut [f32]) {
        self.steps(x, codes, quantization::round);
    }

    #[inline(always)]
    fn steps<T>(self, x: &[f32], codes: &mut [T], round: impl Fn(f32) -> T) {
        let (low, high) = self.ends();
        let inverse = 1.0 / self.scale;
        for (code, x) in codes.iter_mut().zip(x) {
            let steps = x * inverse;
            let steps = if steps > low { steps } else { low };
            let steps = if steps < high { steps } else { high };
            *code = round(steps);
        }
    }
}

impl Weights {
    /// 32-bit floats `[K, N]`.
    #[must_use]
    pub fn dense(inputs: usize, units: usize, values: Vec<f32>) -> Self {
        Self { inputs, units, values: Values::F32(values), skips: Skips::Nothing }
    }

    /// Number of weights.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inputs * self.units
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The codes of whole numbers `[N, K]`, one per byte; empty for floats.
    #[must_use]
    pub fn codes(&self) -> Vec<i8> {
        match &self.values {
            Values::Int { bits, codes, .. } => bits::unpack(codes, *bits, self.len()),
            Values::F32(_) | Values::Float { .. } | Values::Codebook { .. } => Vec::new(),
        }
    }

    /// Places in the table of shared weights `[N, K]`; empty for others.
    #[must_use]
    pub fn places(&self) -> Vec<u8> {
        match &self.values {
            Values::Codebook { table, codes } => bits::unpack_places(codes, codebook::width(table.len()), self.len()),
            _ => Vec::new(),
        }
    }

    /// The codes of whole numbers less their zero point `[N, K]`: steps from 0; empty for floats.
    #[must_use]
    pub fn steps(&self) -> Vec<i16> {
        let codes = self.codes();
        let zero = |at: usize| match &self.values {
            Values::Int { zeros, .. } => zeros.get(at).map_or(0, |zero| i16::from(*zero)),
            _ => 0,
        };
        let rows = codes.chunks_exact(self.inputs.max(1)).enumerate();
        rows.flat_map(|(n, row)| row.iter().enumerate().map(move |(k, code)| i16::from(*code) - zero(self.place(n, k)))).collect()
    }

    /// Which of the step sizes (and zero points) is that of unit `n`'s input `k`.
    #[must_use]
    pub fn place(&self, n: usize, k: usize) -> usize {
        match &self.values {
            Values::F32(_) | Values::Codebook { .. } => 0,
            Values::Float { scales, .. } | Values::Int { scales, .. } if scales.len() <= 1 => 0,
            Values::Int { group, .. } if *group > 0 => n * self.inputs.div_ceil(*group) + k / group,
            Values::Float { .. } | Values::Int { .. } => n,
        }
    }

    /// What the weights stand for, `[K, N]`.
    #[must_use]
    pub fn to_f32(&self) -> Vec<f32> {
        let mut out = vec![0.0; self.len()];
        let row = self.inputs.max(1);
        let mut put = |at: usize, value: f32| out[at % row * self.units + at / row] = value;
        match &self.values {
            Values::F32(values) => return values.clone(),
            Values::Float { kind, scales, codes } => {
                for (at, code) in codes.iter().enumerate() {
                    put(at, kind.decode(*code) * scales.get(self.place(at / row, at % row)).copied().unwrap_or(1.0));
                }
            }
            Values::Int { scales, .. } => {
                self.steps().iter().enumerate().for_each(|(at, steps)| put(at, f32::from(*steps) * scales[self.place(at / row, at % row)]));
            }
            Values::Codebook { table, .. } => {
                self.places().iter().enumerate().for_each(|(at, place)| put(at, table[usize::from(*place)]));
            }
        }
        out
    }

    /// How many weights are not zero.
    #[must_use]
    pub fn nonzero(&self) -> usize {
        match &self.values {
            Values::F32(values) => values.iter().filter(|w| **w != 0.0).count(),
            Values::Float { kind, codes, .. } => codes.iter().filter(|code| kind.decode(**code) != 0.0).count(),
            Values::Int { .. } => self.steps().iter().filter(|steps| **steps != 0).count(),
            Values::Codebook { table, .. } => self.places().iter().filter(|place| table[usize::from(**place)] != 0.0).count(),
        }
    }

    /// Whether a kernel can skip zeros of weights in this form: floats of 32 bits, and whole numbers without groups and zero points.
    #[must_use]
    pub fn can_skip(&self) -> bool {
        match &self.values {
            Values::F32(_) => true,
            Values::Float { .. } | Values::Codebook { .. } => false,
            Values::Int { group, zeros, .. } => *group == 0 && zeros.is_empty(),
        }
    }

    /// Whether a unit keeps at most two of every four inputs, as [`Skips::OfFour`] wants it.
    #[must_use]
    pub fn is_semi_structured(&self) -> bool {
        match &self.values {
            Values::F32(values) => semi_structured::most_kept(values, (self.inputs, self.units)) <= semi_structured::MOST_KEPT,
            Values::Float { .. } | Values::Int { .. } | Values::Codebook { .. } => false,
        }
    }

    /// How many weights are multiplied for a sample, or for one position of it.
    #[must_use]
    pub fn multiplied(&self) -> usize {
        match (self.skips, &self.values) {
            (Skips::Zeros, _) => self.nonzero(),
            (Skips::OfFour, Values::F32(values)) => {
                let size = (self.inputs, self.units);
                semi_structured::most_kept(values, size) * self.inputs.div_ceil(semi_structured::GROUP) * self.units
            }
            _ => self.len(),
        }
    }

    /// What they are stored as.
    #[must_use]
    pub fn format(&self) -> Format {
        match self.values {
            Values::F32(_) => Format::F32,
            Values::Float { kind, .. } => Format::Float(kind),
            Values::Int { bits, .. } => Format::Int(bits),
            Values::Codebook { ref table, .. } => Format::Codebook(codebook::width(table.len())),
        }
    }

    /// Bits of one weight.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.format().bits()
    }
}

impl PackedLayer {
    /// As layer `i` of its model: the layer before which a skip connection begins that ends here. `None` where none does, or none can.
    #[must_use]
    pub fn skip(&self, i: usize) -> Option<usize> {
        if let Op::Add { back } = self.op { i.checked_sub(back) } else { None }
    }

    /// Multiply-accumulates per sample: every weight once at every position, zeros left out where the kernel skips them. Without
    /// weights none, for pooling compares or adds.
    #[must_use]
    pub fn macs(&self) -> u64 {
        let Some(weights) = &self.weights else { return 0 };
        let positions = match &self.op {
            Op::Conv2d(shape) | Op::Depthwise(shape) => shape.positions(),
            Op::Recurrent(sizes) => sizes.steps,
            Op::Attention(sizes) => sizes.positions,
            // Rows are looked up.
            Op::Embedding { .. } => 0,
            _ => 1,
        };
        let pairs = if let Op::Attention(sizes) = &self.op { sizes.pair_macs() } else { 0 };
        (positions * weights.multiplied()) as u64 + pairs
    }
}

impl PackedModel {
    /// The network as it is, in 32-bit floats: the baseline. `params` is the network's flat slice. Batch normalization is folded into the layers
    /// before it.
    #[must_use]
    pub fn dense(network: &Network, params: &[f32]) -> Self {
        let Folded { params, gone } = fold::fold(network, params);
        let layers = network.nodes().iter().zip(gone).map(|(node, gone)| {
            let (op, own) = (if gone { Op::Identity } else { node.layer.op() }, &params[node.span.clone()]);
            let (weights, bias) = match matrix(&op) {
                Some((k, n)) => {
                    let (weight, bias) = own.split_at(k * n);
                    (Some(Weights::dense(k, n, weight.to_vec())), bias.to_vec())
                }
                None => (None, constants(&op, own)),
            };
            PackedLayer { op, weights, bias, activation: None }
        });
        Self { input: network.input().clone(), layers: layers.collect() }
    }

    /// Layers at which skip connections end, and those before which they begin.
    pub fn skips(&self) -> impl Iterator<Item = (usize, usize)> {
        self.layers.iter().enumerate().filter_map(|(i, layer)| layer.skip(i).map(|from| (i, from)))
    }

    /// Number of values of one output sample.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.layers.iter().fold(self.input.len(), |n, layer| output_len(&layer.op, n))
    }
}

/// What a normalization keeps of its parameters `own`, as it stands in [`PackedLayer::bias`]; empty for other operations.
#[must_use]
pub fn constants(op: &Op, own: &[f32]) -> Vec<f32> {
    match op {
        Op::Affine { channels } => fold::affine(own, *channels).concat(),
        Op::LayerNorm { .. } => own.to_vec(),
        _ => Vec::new(),
    }
}

/// How many numbers [`constants`] gives for `op`.
#[must_use]
pub const fn constant_count(op: &Op) -> usize {
    match op {
        Op::Affine { channels } | Op::LayerNorm { channels } => 2 * *channels,
        _ => 0,
    }
}

/// `(K, N)` of an operation's weight matrix; `None` for operations without weights.
#[must_use]
pub fn matrix(op: &Op) -> Option<(usize, usize)> {
    match op {
        Op::Dense { inputs, outputs } => Some((*inputs, *outputs)),
        Op::Conv2d(shape) => Some((shape.patch(), shape.filters)),
        Op::Depthwise(shape) => Some((shape.kernel * shape.kernel, shape.filters)),
        Op::Recurrent(sizes) => Some((sizes.rows(), sizes.columns())),
        Op::Attention(sizes) => Some((sizes.rows(), sizes.channels)),
        Op::Embedding { tokens, size, .. } => Some((*tokens, *size)),
        Op::Exit { channels, classes, .. } => Some((*channels, *classes)),
        _ => None,
    }
}

/// As [`matrix`], of operations whose units are what comes out of them: those of an exit's head are read by nobody.
#[must_use]
pub fn trunk(op: &Op) -> Option<(usize, usize)> {
    if matches!(op, Op::Exit { .. }) { None } else { matrix(op) }
}

/// What the matrix of `op` is multiplied with where the samples `x[B, I]` come in: the means of an exit's head, and `x` itself elsewhere.
#[must_use]
pub fn seen_by_head<'a>(op: &Op, x: &'a [f32]) -> Cow<'a, [f32]> {
    let Op::Exit { positions: positions @ 2.., channels, .. } = *op else { return Cow::Borrowed(x) };
    let mut means = vec![0.0; x.len() / positions];
    crate::kernels::pool2d::mean_forward(positions, channels, x, &mut means);
    Cow::Owned(means)
}

/// How many biases belong to an operation with a matrix of so many `units`.
#[must_use]
pub const fn bias_count(op: &Op, units: usize) -> usize {
    match op {
        Op::Recurrent(_) => 2 * units,
        Op::Attention(_) => 4 * units,
        Op::Embedding { .. } => 0,
        _ => units,
    }
}

/// Values per sample that come out of `op` when `input` go in.
#[must_use]
pub fn output_len(op: &Op, input: usize) -> usize {
    op.output(&Shape(vec![input])).len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::catalog::Pick;

    /// Counted by hand: an 8×8 image of 3 channels through each layer.
    #[test]
    fn layers_count_their_multiply_accumulates() {
        let pick = |key: &str| Pick::new(key);
        let layers = [
            // 8×8 positions, 5 filters of 3·3·3 weights.
            (pick("conv2d").with("filters", 5.0).with("kernel", 3.0), 64 * 5 * 27),
            // 8×8 positions, 5 channels of 3·3 weights each.
            (pick("depthwise").with("kernel", 3.0), 64 * 5 * 9),
            (pick("relu"), 0),
            (pick("maxpool").with("size", 2.0), 0),
            (pick("avgpool").with("size", 2.0), 0),
            (pick("flatten"), 0),
            // 2×2×5 values to 7 units.
            (pick("dense").with("units", 7.0), 20 * 7),
        ];
        let picks: Vec<Pick> = layers.iter().map(|(pick, _)| pick.clone()).collect();
        let network = Network::new(&picks, &Shape(vec![8, 8, 3])).unwrap();
        let mut model = PackedModel::dense(&network, &vec![0.5; network.params()]);
        for ((pick, macs), (node, packed)) in layers.iter().zip(network.nodes().iter().zip(&model.layers)) {
            assert_eq!((node.layer.macs(), packed.macs()), (*macs, *macs), "{}", pick.key);
        }
        // What a kernel skips is not counted, at any position.
        let weights = model.layers[0].weights.as_mut().unwrap();
        let Values::F32(values) = &mut weights.values else { unreachable!() };
        values[..100].fill(0.0);
        assert_eq!(model.layers[0].macs(), 64 * 135, "a kernel that does not skip multiplies zeros");
        model.layers[0].weights.as_mut().unwrap().skips = Skips::Zeros;
        assert_eq!(model.layers[0].macs(), 64 * 35);
    }
}
