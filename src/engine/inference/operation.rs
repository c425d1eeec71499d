//! What one layer does at inference.

use super::{exit::Head, float, integer::Packed, normal};
use crate::{
    engine::{
        activations::{self, Activation},
        error::SpecError,
        layers::{Op, embedding, position},
        packed::PackedLayer,
    },
    kernels::{
        Scratch, attention, grouped,
        matmul_f32::{self, Mat},
        pool2d, recurrent,
    },
};

/// One layer, ready to run.
pub trait Operation: Send {
    /// `y[B, O]` from `x[B, I]`.
    fn run(&self, batch: usize, x: &[f32], y: &mut [f32], work: &mut Work);

    /// What comes through a skip connection that ends here, to be added to `y`; other operations have none.
    fn add(&self, _skipped: &[f32], _y: &mut [f32]) {}

    /// Name of the kernel; empty for what has no weights.
    fn kernel(&self) -> String {
        String::new()
    }

    /// Bytes of weights, positions, scales and biases that it keeps in memory.
    fn held(&self) -> usize {
        0
    }
}

/// Memory that operations share: each uses it within one call.
#[derive(Default)]
pub struct Work {
    /// For 32-bit kernels.
    pub scratch: Scratch,
    /// One image with zeros around it.
    pub image: Vec<f32>,
    /// The same as codes.
    pub codes: Vec<i16>,
    /// The same in words of four, and where a patch's words lie.
    pub words: Vec<[i32; 2]>,
    pub offsets: Vec<usize>,
    /// Unfolded patches of floats; what a recurrent layer or attention computes on its way.
    pub tile: Vec<f32>,
    /// Rows of codes, in pairs.
    pub pairs: Vec<i32>,
    /// Rows turned into columns, for sparse weights.
    pub columns: Vec<f32>,
    /// The same for codes.
    pub code_columns: Vec<i16>,
    /// What an exit's head sees of images.
    pub means: Vec<f32>,
    /// Rows and sums of a group of inputs.
    pub groups: grouped::Scratch,
}

/// Whether `layer` has its work done by `next`: a ReLU by the max pooling behind it.
pub fn joins(layer: &PackedLayer, next: Option<&PackedLayer>) -> bool {
    let relu = matches!(&layer.op, Op::Activation(pick) if pick.key == "relu");
    relu && next.is_some_and(|next| matches!(next.op, Op::Pool2d { average: false, .. }))
}

/// Makes `layer` ready, with the work of a layer before it that joined it; `None` where it passes its input on. Errors: an unknown
/// activation.
pub fn build(layer: &PackedLayer, joined: bool) -> Result<Option<Box<dyn Operation>>, SpecError> {
    Ok(match &layer.op {
        Op::Flatten | Op::Identity => None,
        Op::Activation(pick) => {
            let (entry, values) = activations::CATALOG.resolve(pick)?;
            Some(Box::new(Apply((entry.build)(&values))))
        }
        Op::Pool2d { input, size, stride, average } => {
            Some(Box::new(Pool { input: *input, size: *size, stride: *stride, average: *average, rectified: joined }))
        }
        Op::Affine { channels } => Some(Box::new(normal::Affine::new(*channels, &layer.bias))),
        Op::LayerNorm { channels } => Some(Box::new(normal::LayerNorm::new(*channels, &layer.bias))),
        Op::Add { .. } => Some(Box::new(Add)),
        // Its weights are floats in memory, whatever they are stored as.
        Op::Recurrent(sizes) => layer
            .weights
            .as_ref()
            .map(|w| -> Box<dyn Operation> { Box::new(Recurrent { sizes: *sizes, params: [&w.to_f32()[..], &layer.bias].concat() }) }),
        Op::Attention(sizes) => layer
            .weights
            .as_ref()
            .map(|w| -> Box<dyn Operation> { Box::new(Attention { sizes: *sizes, params: [&w.to_f32()[..], &layer.bias].concat() }) }),
        Op::Embedding { size, .. } => {
            layer.weights.as_ref().map(|w| -> Box<dyn Operation> { Box::new(Embedding { size: *size, table: w.to_f32() }) })
        }
        Op::Position { positions, channels } => Some(Box::new(Position { len: positions * channels, channels: *channels })),
        Op::Exit { positions, channels, classes } => {
            let op = Op::Dense { inputs: *channels, outputs: *classes };
            let dense = weighted(&PackedLayer { op, ..layer.clone() });
            dense.map(|dense| -> Box<dyn Operation> { Box::new(Head { positions: *positions, channels: *channels, dense }) })
        }
        Op::GlobalPool { positions, channels } => Some(Box::new(Mean { positions: *positions, channels: *channels })),
        // Whatever its weights are stored as: no kernel multiplies whole numbers channel by channel.
        Op::Depthwise(shape) => layer
            .weights
            .as_ref()
            .map(|w| -> Box<dyn Operation> { Box::new(float::Depthwise { shape: *shape, weights: w.to_f32(), bias: layer.bias.clone() }) }),
        Op::Dense { .. } | Op::Conv2d(_) => weighted(layer),
    })
}

fn weighted(layer: &PackedLayer) -> Option<Box<dyn Operation>> {
    let weights = layer.weights.as_ref()?;
    if let Some(packed) = Packed::new(layer, weights) {
        return Some(Box::new(packed));
    }
    let (values, bias) = (weights.to_f32(), layer.bias.clone());
    Some(match &layer.op {
        Op::Conv2d(shape) => Box::new(float::Conv { shape: *shape, weights: values, bias }),
        _ => {
            let (inputs, units) = (weights.inputs, weights.units);
            Box::new(float::Dense { inputs, weights: matmul_f32::Packed::new(Mat::rows(&values, units), inputs, units), bias })
        }
    })
}

struct Apply(Box<dyn Activation>);

impl Operation for Apply {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: &mut Work) {
        self.0.forward(x, y);
    }
}

struct Recurrent {
    sizes: recurrent::Recurrent,
    /// Weights, then biases.
    params: Vec<f32>,
}

impl Operation for Recurrent {
    fn run(&self, batch: usize, x: &[f32], y: &mut [f32], work: &mut Work) {
        work.tile.resize(batch * self.sizes.kept(), 0.0);
        recurrent::forward(&self.sizes, batch, &self.params, x, y, &mut work.tile, &mut work.scratch);
    }

    fn kernel(&self) -> String {
        "f32".into()
    }

    fn held(&self) -> usize {
        size_of_val(&*self.params)
    }
}

struct Attention {
    sizes: attention::Attention,
    /// Weights, then biases.
    params: Vec<f32>,
}

impl Operation for Attention {
    fn run(&self, batch: usize, x: &[f32], y: &mut [f32], work: &mut Work) {
        work.tile.resize(batch * self.sizes.kept(), 0.0);
        attention::forward(&self.sizes, batch, &self.params, x, y, &mut work.tile, &mut work.scratch);
    }

    fn kernel(&self) -> String {
        "f32".into()
    }

    fn held(&self) -> usize {
        size_of_val(&*self.params)
    }
}

struct Embedding {
    size: usize,
    table: Vec<f32>,
}

impl Operation for Embedding {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: &mut Work) {
        embedding::look_up(&self.table, self.size, x, y);
    }

    fn kernel(&self) -> String {
        "f32".into()
    }

    fn held(&self) -> usize {
        size_of_val(&*self.table)
    }
}

struct Position {
    len: usize,
    channels: usize,
}

impl Operation for Position {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: &mut Work) {
        position::add(self.len, self.channels, x, y);
    }
}

struct Add;

impl Operation for Add {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: &mut Work) {
        y.copy_from_slice(x);
    }

    fn add(&self, skipped: &[f32], y: &mut [f32]) {
        y.iter_mut().zip(skipped).for_each(|(y, s)| *y += s);
    }
}

struct Mean {
    positions: usize,
    channels: usize,
}

impl Operation for Mean {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: &mut Work) {
        pool2d::mean_forward(self.positions, self.channels, x, y);
    }
}

struct Pool {
    input: (usize, usize, usize),
    size: usize,
    stride: usize,
    average: bool,
    rectified: bool,
}

impl Operation for Pool {
    fn run(&self, batch: usize, x: &[f32], y: &mut [f32], _: &mut Work) {
        if self.average {
            pool2d::average_forward(self.input, self.size, self.stride, batch, x, y);
        } else {
            pool2d::max(self.input, self.size, self.stride, self.rectified, x, y);
        }
    }

    fn kernel(&self) -> String {
        if self.rectified { "with ReLU".into() } else { String::new() }
    }
}
