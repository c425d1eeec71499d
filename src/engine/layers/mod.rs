//! Layers: forward and backward side by side, one file each.
//!
//! A layer is a rule with its shapes worked out; its parameters, its memory between forward and backward and the mini-batch
//! belong to the [`Network`](super::network::Network), so that a run can be copied, resumed or compared without code here.
//!
//! Letters: `B` samples in the mini-batch, `I` values per sample coming in, `O` going out. All arrays are row-major, samples
//! outermost; images are `[height, width, channels]`, channels contiguous.

mod activation;
mod add;
pub(in crate::engine) mod attention;
mod avgpool;
mod batchnorm;
mod conv2d;
mod dense;
mod depthwise;
mod dropout;
pub(in crate::engine) mod embedding;
mod exit;
mod flatten;
mod globalpool;
mod layernorm;
mod maxpool;
pub(in crate::engine) mod norm;
mod pool;
pub(in crate::engine) mod position;
mod recurrent;

pub use activation::wrap as activation_layer;
pub use embedding::KEY as EMBEDDING;
pub use norm::EPSILON;
pub use position::waves as position_waves;

use super::{
    activations,
    catalog::{Catalog, Entry, Info, Pick, catalog},
    error::SpecError,
    params::Values,
    rng::Rng,
    shape::{Role, Shape, TensorSpec},
};
use crate::kernels::Scratch;
pub use crate::kernels::{
    attention::Attention,
    conv2d::Conv2dShape,
    recurrent::{Cell, Recurrent},
};

/// Makes a layer for inputs of a given shape, or no more than its plan. Errors: in words, which shape came in and what the layer needs.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    plan: Make<dyn Plan>,
    layer: Make<dyn Layer>,
}

type Make<T> = fn(&Values, &Shape) -> Result<Box<T>, String>;

/// The [`Build`] of a layer from its one constructor.
macro_rules! make {
    ($new:path) => {
        $crate::engine::layers::Build {
            plan: |values, input| Ok(Box::new($new(values, input)?)),
            layer: |values, input| Ok(Box::new($new(values, input)?)),
        }
    };
}
use make;

impl Entry<Build> {
    /// The entry, of what it builds the plan alone.
    const fn plan(&self) -> Entry<Make<dyn Plan>> {
        let Info { key, label, help, formula, source, params } = self.info();
        Entry { key, label, help, formula, source, params, build: self.build.plan }
    }
}

macro_rules! layers {
    ($($entry:expr),+ $(,)?) => {
        catalog! {
            /// Every layer, in the order of the page's menu.
            Build, kind: "layer", field: "model", [$($entry),+],
            cpu_only: [exit::ENTRY.key, recurrent::RNN.key, recurrent::LSTM.key, recurrent::GRU.key]
        }

        /// [`CATALOG`] without forward and backward: what the page knows of a layer before anything trains.
        const PLANS: Catalog<Make<dyn Plan>> = Catalog { kind: "layer", field: "model", entries: &[$($entry.plan()),+] };
    };
}

layers![
    dense::ENTRY,
    conv2d::ENTRY,
    depthwise::ENTRY,
    maxpool::ENTRY,
    avgpool::ENTRY,
    globalpool::ENTRY,
    dropout::ENTRY,
    flatten::ENTRY,
    batchnorm::ENTRY,
    layernorm::ENTRY,
    add::ENTRY,
    exit::ENTRY,
    recurrent::RNN,
    recurrent::LSTM,
    recurrent::GRU,
    embedding::ENTRY,
    position::ENTRY,
    attention::ENTRY,
];

/// Key of the layer at which samples may leave early.
pub const EXIT: &str = "exit";

/// Those of [`CATALOG`] that see a row of numbers, not an image.
const ROWS: Catalog<Build> = Catalog { entries: &[dense::ENTRY, dropout::ENTRY, flatten::ENTRY], ..CATALOG };

/// What benchmarks train.
const FEW: Catalog<Build> = Catalog { entries: &[dense::ENTRY, conv2d::ENTRY, maxpool::ENTRY, flatten::ENTRY], ..CATALOG };

/// The shapes of a layer and what follows from them, without its arithmetic.
pub trait Plan {
    /// Shape of one output sample.
    fn output(&self) -> &Shape;

    /// Parameter tensors in the order in which they lie in the layer's flat slice.
    fn tensors(&self) -> Vec<TensorSpec> {
        Vec::new()
    }

    /// Values per sample that forward keeps for backward, besides input and output.
    fn kept(&self) -> usize {
        0
    }

    /// Multiply-accumulates per sample.
    fn macs(&self) -> u64 {
        0
    }

    /// Whether its settings can change while a network trains: [`Layer::retune`].
    fn live(&self) -> bool {
        false
    }

    /// Whether it is not linear by itself, so that no activation has to follow it.
    fn bends(&self) -> bool {
        false
    }

    /// Whether training takes a mini-batch through it in one piece: what it computes for a sample depends on the others.
    fn whole_batch(&self) -> bool {
        false
    }

    /// Told how many outputs the network has, once all its layers are there: a layer with answers of its own gives as many.
    fn answer(&mut self, _outputs: usize) {}

    /// Whether it stands first or nowhere: it reads what data say, not what layers make of it.
    fn first(&self) -> bool {
        false
    }

    /// Around how many layers before it a skip connection leads that ends here; 0 where none does.
    fn back(&self) -> usize {
        0
    }
}

/// Checks whether `plan` can be layer `at` (from 0), into which a sample of shape `input` comes: `before(v)` is what came into layer `v`. Errors: in words,
/// why it must stand first, or why what its skip connection leads here cannot be added.
pub fn check_skip<'a>(plan: &dyn Plan, at: usize, input: &Shape, before: impl Fn(usize) -> &'a Shape) -> Result<(), String> {
    if at > 0 && plan.first() {
        return Err(format!("it reads tokens, which only the data hold, and {at} layers stand before it: put it first"));
    }
    let back = plan.back();
    if back > at {
        return Err(format!("it leads around {back} layers, and {at} stand before it"));
    }
    let other = if back == 0 { input } else { before(at - back) };
    if other == input {
        Ok(())
    } else {
        Err(format!("{other} came in {back} layers before and {input} comes in here, and only equal shapes can be added"))
    }
}

/// A layer with its shapes worked out.
pub trait Layer: Plan + Send {
    /// `y[B, O]` from `x[B, I]`. Writes what backward needs to `pass.kept` (`[B, kept()]`).
    fn forward(&self, pass: &mut Pass<'_>, params: &[f32], x: &[f32], y: &mut [f32]);

    /// Gradients of the loss: adds to `dparams`, and overwrites `dx[B, I]` where one is wanted (the first layer needs none). Sums over
    /// samples run in order and go on from what `dparams` holds, so that a mini-batch may come in pieces.
    fn backward(&self, params: &[f32], grads: Grads<'_>);

    /// What it answers by itself in the forward pass of `batch` samples that left `kept`, where it has answers of its own.
    fn answers<'a>(&self, _batch: usize, _kept: &'a mut [f32]) -> Option<Answers<'a>> {
        None
    }

    /// What training adds to the operation that inference sees.
    fn noise(&self) -> Option<Noise> {
        None
    }

    /// Share of the newest mini-batch in the running statistics that it keeps, where it normalizes by those of the mini-batch in training.
    fn momentum(&self) -> Option<f32> {
        None
    }

    /// Takes over changed settings while training goes on, if its shapes and parameters stay what they are: `false`, and nothing
    /// changes, for a layer that has to be built anew. `values` are those of `pick`, checked.
    fn retune(&mut self, _pick: &Pick, _values: &Values) -> bool {
        false
    }

    /// The operation that inference and compression see.
    fn op(&self) -> Op;
}

/// What a forward pass over a mini-batch brings to each layer.
pub struct Pass<'a> {
    /// Samples in this mini-batch.
    pub batch: usize,
    /// Training: dropout drops, batch statistics are used.
    pub train: bool,
    /// Randomness for dropout and the like.
    pub rng: &'a mut Rng,
    /// `[B, kept()]` of this layer.
    pub kept: &'a mut [f32],
    /// Packing buffers shared by all layers.
    pub scratch: &'a mut Scratch,
    /// What comes through the skip connection that ends here, `[B, I]`; `None` where none does.
    pub skipped: Option<&'a [f32]>,
}

/// Arguments of [`Layer::backward`].
pub struct Grads<'a> {
    /// The input of forward, `[B, I]`.
    pub x: &'a [f32],
    /// The output of forward, `[B, O]`.
    pub y: &'a [f32],
    /// Gradient of the loss by the output, `[B, O]`.
    pub dy: &'a [f32],
    /// Gradient by the input, `[B, I]`, to be overwritten.
    pub dx: Option<&'a mut [f32]>,
    /// Gradient by the parameters, to be added to.
    pub dparams: &'a mut [f32],
    /// Samples in this mini-batch.
    pub batch: usize,
    /// What forward kept, `[B, kept()]`.
    pub kept: &'a [f32],
    /// Packing buffers shared by all layers.
    pub scratch: &'a mut Scratch,
}

/// Answers of a layer that the loss judges beside those of the network.
pub struct Answers<'a> {
    /// What their loss counts; that of the network counts 1.
    pub weight: f32,
    /// `[B, O]`, as the network's.
    pub output: &'a [f32],
    /// Gradient of the loss by them, from which backward goes on: zero until it is written.
    pub grad: &'a mut [f32],
}

/// Random factors of a layer's values in training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// A value is dropped when 32 random bits, as a whole number, are below this. One draw a value, samples outermost.
    pub threshold: u32,
    /// What the others are multiplied with.
    pub scale: f32,
}

/// A layer as inference and compression see it: plain data.
///
/// Weight matrices are `[K, N]` with the output unit (neuron, filter) contiguous: dense `K = I`, convolution
/// `K = kernel² · in`.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// `y = x W + b`.
    Dense {
        /// Inputs.
        inputs: usize,
        /// Outputs.
        outputs: usize,
    },
    /// Two-dimensional correlation, weights `[ky, kx, in, out]`.
    Conv2d(Conv2dShape),
    /// The same with one filter for each channel alone, weights `[ky, kx, channel]`: `K = kernel²`.
    Depthwise(Conv2dShape),
    /// Pooling over square windows.
    Pool2d {
        /// Input `(height, width, channels)`.
        input: (usize, usize, usize),
        /// Window edge.
        size: usize,
        /// Step.
        stride: usize,
        /// Mean of the window instead of its maximum.
        average: bool,
    },
    /// The mean of each channel over all positions.
    GlobalPool {
        /// Height times width.
        positions: usize,
        /// Channels.
        channels: usize,
    },
    /// Elementwise function: the activation's pick.
    Activation(Pick),
    /// Same values, flat.
    Flatten,
    /// Nothing at inference (dropout).
    Identity,
    /// A factor and a summand for each channel: batch normalization that no layer before it could take in.
    Affine {
        /// Channels.
        channels: usize,
    },
    /// Layer normalization over the channels of each position, then a factor and a summand for each.
    LayerNorm {
        /// Channels.
        channels: usize,
    },
    /// Goes through a sample step by step. Weights are those for what comes in, with those for the state before below them; biases are both
    /// of PyTorch's, one behind the other.
    Recurrent(Recurrent),
    /// A row of the table of weights `[tokens, size]` for each of the tokens that come in as whole numbers, no biases.
    Embedding {
        /// Tokens of a sample.
        steps: usize,
        /// Rows of the table.
        tokens: usize,
        /// Values of each.
        size: usize,
    },
    /// Adds waves that tell positions from each other.
    Position {
        /// Positions of a sample.
        positions: usize,
        /// Channels of each.
        channels: usize,
    },
    /// Self-attention. Weights are those of queries, keys, values and of what leads out, one below the other; biases likewise, one behind the other.
    Attention(Attention),
    /// Adds what came into the layer so many before this one.
    Add {
        /// Layers between the two ends.
        back: usize,
    },
    /// Hands its input on, and has a head of its own: the mean of each channel over all positions, `y = x W + b` of those. A sample of which the head
    /// is sure enough may leave.
    Exit {
        /// Places over which means are taken: 1 for a row, which the head sees as it is.
        positions: usize,
        /// Channels: inputs of the head.
        channels: usize,
        /// Outputs of the head, as many as the network's.
        classes: usize,
    },
}

impl Op {
    /// Whether what comes out is more than one product of what comes in and its weights: it keeps all its units, and all of those before it, and biases or
    /// factors of the one are not moved into the other.
    #[must_use]
    pub const fn winds(&self) -> bool {
        matches!(self, Self::Recurrent(_) | Self::Embedding { .. } | Self::Attention(_))
    }

    /// Whether it computes in floats whatever its weights are stored as.
    #[must_use]
    pub const fn computes_floats(&self) -> bool {
        matches!(self, Self::Depthwise(_)) || self.winds()
    }

    /// Shape of what comes out when `input` goes in, of which only operations that keep it or make it flat take notice.
    #[must_use]
    pub fn output(&self, input: &Shape) -> Shape {
        match self {
            Self::Dense { outputs, .. } => Shape(vec![*outputs]),
            Self::Conv2d(s) | Self::Depthwise(s) => Shape(vec![s.output.0, s.output.1, s.filters]),
            Self::GlobalPool { channels, .. } => Shape(vec![*channels]),
            Self::Recurrent(sizes) if sizes.sequence => Shape(vec![sizes.steps, sizes.units]),
            Self::Recurrent(sizes) => Shape(vec![sizes.units]),
            Self::Pool2d { input, size, stride, .. } => {
                let (height, width) = crate::kernels::pool2d::output(*input, *size, *stride);
                Shape(vec![height, width, input.2])
            }
            Self::Embedding { steps, size, .. } => Shape(vec![*steps, 1, *size]),
            Self::Flatten => Shape(vec![input.len()]),
            Self::Activation(_)
            | Self::Identity
            | Self::Affine { .. }
            | Self::LayerNorm { .. }
            | Self::Add { .. }
            | Self::Exit { .. }
            | Self::Position { .. }
            | Self::Attention(_) => input.clone(),
        }
    }
}

/// How layers are built: [`build`], [`build_rows`] or [`build_few`].
pub type Builder = fn(&Pick, &Shape, usize) -> Result<Box<dyn Layer>, SpecError>;

/// Builds the layer or activation that `pick` names for inputs of shape `input`; `at` (from 1) is for the error text.
pub fn build(pick: &Pick, input: &Shape, at: usize) -> Result<Box<dyn Layer>, SpecError> {
    build_from(&CATALOG, pick, input, at)
}

/// As [`build`], for layers that see a row of numbers ([`sees_rows`]): whoever needs no others does not link the kernels for images.
pub fn build_rows(pick: &Pick, input: &Shape, at: usize) -> Result<Box<dyn Layer>, SpecError> {
    build_from(&ROWS, pick, input, at)
}

/// As [`build`], for dense and convolutional layers, max pooling and flattening alone.
pub fn build_few(pick: &Pick, input: &Shape, at: usize) -> Result<Box<dyn Layer>, SpecError> {
    build_from(&FEW, pick, input, at)
}

/// Whether [`build_rows`] knows the layer or activation `key`.
#[must_use]
pub fn sees_rows(key: &str) -> bool {
    activations::LISTING.find(key).is_ok() || ROWS.find(key).is_ok()
}

fn build_from(catalog: &Catalog<Build>, pick: &Pick, input: &Shape, at: usize) -> Result<Box<dyn Layer>, SpecError> {
    if activations::LISTING.find(&pick.key).is_ok() {
        return activation::wrap(pick, input);
    }
    let (entry, values) = catalog.resolve(pick)?;
    (entry.build.layer)(&values, input).map_err(|reason| SpecError::Layer { layer: at, name: pick.key.clone(), reason })
}

/// As [`build`], and no more than the plan.
pub fn plan(pick: &Pick, input: &Shape, at: usize) -> Result<Box<dyn Plan>, SpecError> {
    if activations::LISTING.find(&pick.key).is_ok() {
        return activation::plan(pick, input);
    }
    let (entry, values) = PLANS.resolve(pick)?;
    (entry.build)(&values, input).map_err(|reason| SpecError::Layer { layer: at, name: pick.key.clone(), reason })
}

/// The checked settings of the layer or activation that `pick` names. Errors: an unknown name, or a value out of its range.
pub fn values(pick: &Pick) -> Result<Values, SpecError> {
    let info = activations::LISTING.find(&pick.key).or_else(|_| LISTING.find(&pick.key))?;
    pick.values(info.params)
}

/// Whether the layer `key` has weights: a small one is planned and asked.
#[must_use]
pub fn weighted(key: &str) -> bool {
    small(key).any(|layer| layer.tensors().iter().any(|tensor| tensor.role == Role::Weight))
}

/// Whether the layer `key` needs no activation behind it: it has its own.
#[must_use]
pub fn bends(key: &str) -> bool {
    small(key).any(|layer| layer.bends())
}

/// Whether the settings of the layer or activation `key` can change while a network trains: a small one is planned and asked.
#[must_use]
pub fn live(key: &str) -> bool {
    small(key).any(|layer| layer.live())
}

/// The layer or activation `key` at its defaults, for a row and for an image where it takes them.
fn small(key: &str) -> impl Iterator<Item = Box<dyn Plan>> {
    let pick = Pick::new(key);
    [Shape(vec![8]), Shape(vec![32, 32, 1])].into_iter().filter_map(move |input| plan(&pick, &input, 1).ok())
}
