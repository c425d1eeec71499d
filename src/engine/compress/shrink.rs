//! Takes removed units out for good: narrower layers, and the layers that read them with fewer inputs.
//!
//! A removed unit is one whose incoming weights count as zero, so its output is the constant `f(bias)`, with `f` the activation that
//! follows. That constant, times the weights that read it, is added to the bias of the next layer, so the function stays the same.
//! Exact for dense layers and convolutions without padding. A padded convolution sees zeros outside the image where the constant
//! would not reach: there the folded bias is an approximation at the border (none where `f(bias) = 0`).

use crate::engine::{
    activations, fold,
    layers::{Conv2dShape, Op},
    network::Network,
    packed::matrix,
};

/// A layer after shrinking.
pub struct Slim {
    /// With its new sizes.
    pub op: Op,
    /// What is left of its matrix; `None` for operations without weights.
    pub matrix: Option<SlimMatrix>,
    /// What is left of a normalization; `None` for other operations.
    pub norm: Option<SlimNorm>,
}

/// What is left of the parameters of a normalization.
pub struct SlimNorm {
    /// Channels that are left, in order.
    alive: Vec<usize>,
    /// Channels of the original.
    channels: usize,
    /// Its tensors, one behind the other.
    pub params: Vec<f32>,
}

impl SlimNorm {
    fn cut(alive: Vec<usize>, channels: usize, params: &[f32]) -> Self {
        let mut norm = Self { alive, channels, params: Vec::new() };
        let mut left = Vec::new();
        norm.gather(params, &mut left);
        norm.params = left;
        norm
    }

    /// Appends what is left of `numbers`, one for each parameter of the original.
    pub fn gather(&self, numbers: &[f32], to: &mut Vec<f32>) {
        to.extend(numbers.chunks_exact(self.channels.max(1)).flat_map(|tensor| self.alive.iter().map(|c| tensor[*c])));
    }
}

/// What is left of a weight matrix.
pub struct SlimMatrix {
    /// Rows (inputs) of the original matrix that are left, in order.
    pub rows: Vec<usize>,
    /// Columns (units) that are left, in order.
    pub columns: Vec<usize>,
    /// Columns of the original matrix.
    units: usize,
    /// `[rows, columns]`.
    pub weights: Vec<f32>,
    /// One per column.
    pub bias: Vec<f32>,
}

/// Shrinks `network` with flat `params` by the units in `removed` (per layer, in rising order), without the layers that are `gone`: normalizations
/// that were folded into others. The second value tells for each layer whether folding constants into its bias was only approximate.
#[must_use]
pub fn shrink(network: &Network, params: &[f32], gone: &[bool], removed: &[Vec<usize>]) -> (Vec<Slim>, Vec<bool>) {
    let mut channels = Channels::all(innermost(&network.input().0));
    let mut approximate = vec![false; network.nodes().len()];
    let mut layers = Vec::with_capacity(network.nodes().len());
    for (i, node) in network.nodes().iter().enumerate() {
        let op = if gone[i] { Op::Identity } else { node.layer.op() };
        let matrix = matrix(&op).map(|size| {
            let (weights, bias) = params[node.span.clone()].split_at(size.0 * size.1);
            let padded = matches!(&op, Op::Conv2d(shape) if pads(shape));
            approximate[i] = padded && channels.dead.iter().any(|d| d.is_some_and(|c| c != 0.0));
            if let Op::Depthwise(shape) = &op {
                approximate[i] = pads(shape) && channels.dead.iter().any(|d| d.is_some_and(|c| c != 0.0));
                channels.filter(weights, bias);
                return SlimMatrix::cut((0..size.0).collect(), channels.alive(), weights, bias, size.1);
            }
            let wound = match &op {
                Op::Recurrent(sizes) => Some(sizes.units),
                Op::Attention(_) | Op::Embedding { .. } => Some(size.1),
                _ => None,
            };
            if let Some(units) = wound {
                // What it reads and what it puts out stays.
                channels = Channels::all(units);
                return SlimMatrix::whole(size, weights, bias);
            }
            let full = channels.fold(weights, bias, size.1);
            let rows = channels.rows(size.0);
            if matches!(op, Op::Exit { .. }) {
                // Its units are answers, and what comes in goes on as it is.
                return SlimMatrix::cut(rows, (0..size.1).collect(), weights, &full, size.1);
            }
            channels = Channels::without(size.1, &removed[i], &full);
            SlimMatrix::cut(rows, channels.alive(), weights, &full, size.1)
        });
        let norm = channels.normalize(&op, &params[node.span.clone()]);
        channels.pass(&op);
        layers.push(Slim { op: resized(op, matrix.as_ref(), channels.alive().len()), matrix, norm });
    }
    (layers, approximate)
}

/// The innermost dimension at some point of the network: which channels are gone, and the constant each of those stood for.
///
/// Channels are innermost everywhere (a dense layer's units count as channels of a single place), so that through pooling and
/// flattening, value `i` of a sample belongs to channel `i mod C`.
struct Channels {
    dead: Vec<Option<f32>>,
}

impl Channels {
    fn all(count: usize) -> Self {
        Self { dead: vec![None; count] }
    }

    fn without(count: usize, removed: &[usize], bias: &[f32]) -> Self {
        let mut channels = Self::all(count);
        for unit in removed {
            channels.dead[*unit] = Some(bias[*unit]);
        }
        channels
    }

    fn alive(&self) -> Vec<usize> {
        self.rows(self.dead.len())
    }

    /// Rows of a matrix with `inputs` rows that read living channels.
    fn rows(&self, inputs: usize) -> Vec<usize> {
        (0..inputs).filter(|k| self.dead[k % self.dead.len()].is_none()).collect()
    }

    /// `bias` plus what dead channels add to it through `weights[K, units]`.
    fn fold(&self, weights: &[f32], bias: &[f32], units: usize) -> Vec<f32> {
        let mut bias = bias.to_vec();
        for (k, row) in weights.chunks_exact(units.max(1)).enumerate() {
            if let Some(constant) = self.dead[k % self.dead.len()] {
                bias.iter_mut().zip(row).for_each(|(b, w)| *b += constant * w);
            }
        }
        bias
    }

    /// What filters of one channel each, `weights[K, C]`, make of the constants; the channels that are gone stay gone.
    fn filter(&mut self, weights: &[f32], bias: &[f32]) {
        let units = self.dead.len();
        for (c, constant) in self.dead.iter_mut().enumerate() {
            if let Some(constant) = constant {
                *constant = bias[c] + *constant * weights.iter().skip(c).step_by(units).sum::<f32>();
            }
        }
    }

    /// What a normalization with parameters `own` makes of the constants, and what is left of it. Of layer normalization all is: what it reads does not
    /// go.
    fn normalize(&mut self, op: &Op, own: &[f32]) -> Option<SlimNorm> {
        let channels = match op {
            Op::Affine { channels } => *channels,
            Op::LayerNorm { channels } => return Some(SlimNorm::cut((0..*channels).collect(), *channels, own)),
            _ => return None,
        };
        let [by, plus] = fold::affine(own, channels);
        // Behind a flatten a row has several values of each unit.
        let alive = self.rows(channels);
        if channels == self.dead.len() {
            for (constant, (by, plus)) in self.dead.iter_mut().zip(by.iter().zip(&plus)) {
                *constant = constant.map(|constant| constant * by + plus);
            }
        } else {
            // From here on each value of the row is a channel of its own.
            let units = self.dead.len();
            let of = |k: usize| self.dead[k % units].map(|constant| constant * by[k] + plus[k]);
            self.dead = (0..channels).map(of).collect();
        }
        Some(SlimNorm::cut(alive, channels, own))
    }

    /// What an operation without weights makes of the constants: pooling, maximum or mean, leaves a constant as it is.
    fn pass(&mut self, op: &Op) {
        let Op::Activation(pick) = op else { return };
        // The network was built from this pick, so it resolves.
        let Ok((entry, values)) = activations::CATALOG.resolve(pick) else { return };
        let rule = (entry.build)(&values);
        for constant in self.dead.iter_mut().flatten() {
            let mut out = [0.0];
            rule.forward(&[*constant], &mut out);
            *constant = out[0];
        }
    }
}

impl SlimMatrix {
    /// Appends what is left of `numbers`, one for each weight and bias of the original layer.
    pub fn gather(&self, numbers: &[f32], to: &mut Vec<f32>) {
        let units = self.units;
        to.extend(self.rows.iter().flat_map(|k| self.columns.iter().map(move |n| numbers[k * units + n])));
        if self.bias.len() != self.columns.len() {
            // A layer with more or fewer biases than units, of which nothing is cut.
            to.extend(&numbers[numbers.len() - self.bias.len()..]);
        } else {
            let bias = numbers.len() - self.units;
            to.extend(self.columns.iter().map(|n| numbers[bias + n]));
        }
    }

    /// All of a matrix, with whatever biases it has.
    fn whole((rows, units): (usize, usize), weights: &[f32], bias: &[f32]) -> Self {
        let (rows, columns) = ((0..rows).collect(), (0..units).collect());
        Self { rows, columns, units, weights: weights.to_vec(), bias: bias.to_vec() }
    }

    fn cut(rows: Vec<usize>, columns: Vec<usize>, weights: &[f32], bias: &[f32], units: usize) -> Self {
        let bias = columns.iter().map(|n| bias[*n]).collect();
        let weights = if rows.len() * columns.len() == weights.len() {
            weights.to_vec()
        } else {
            rows.iter().flat_map(|k| columns.iter().map(move |n| weights[k * units + n])).collect()
        };
        Self { rows, columns, units, weights, bias }
    }
}

fn resized(op: Op, matrix: Option<&SlimMatrix>, channels: usize) -> Op {
    match (op, matrix) {
        (Op::Dense { .. }, Some(m)) => Op::Dense { inputs: m.rows.len(), outputs: m.columns.len() },
        (Op::Conv2d(shape), Some(m)) => {
            let (height, width, _) = shape.input;
            let inputs = m.rows.len() / (shape.kernel * shape.kernel).max(1);
            Op::Conv2d(Conv2dShape { input: (height, width, inputs), filters: m.columns.len(), ..shape })
        }
        (Op::Depthwise(shape), Some(m)) => {
            let (height, width, _) = shape.input;
            Op::Depthwise(Conv2dShape { input: (height, width, m.columns.len()), filters: m.columns.len(), ..shape })
        }
        (Op::Exit { positions, classes, .. }, Some(m)) => Op::Exit { positions, channels: m.rows.len(), classes },
        (Op::Affine { .. }, _) => Op::Affine { channels },
        (Op::GlobalPool { positions, .. }, _) => Op::GlobalPool { positions, channels },
        (Op::Pool2d { input: (height, width, _), size, stride, average }, _) => {
            Op::Pool2d { input: (height, width, channels), size, stride, average }
        }
        (op, _) => op,
    }
}

/// Whether any window of the convolution reaches outside the image.
fn pads(shape: &Conv2dShape) -> bool {
    let reach = |outputs: usize| (outputs.max(1) - 1) * shape.stride + shape.kernel;
    shape.padding > 0 || reach(shape.output.0) > shape.input.0 || reach(shape.output.1) > shape.input.1
}

fn innermost(shape: &[usize]) -> usize {
    shape.last().copied().unwrap_or(1)
}
