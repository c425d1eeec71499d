//! A network: layers in order with their shapes inferred, and the memory a mini-batch needs on its way through.

use std::ops::Range;

use super::{
    catalog::Pick,
    error::SpecError,
    initializers::Initializer,
    layers::{self, Answers, Builder, Grads, Layer, Op, Pass},
    quantization::fake::Input,
    rng::Rng,
    shape::{Role, Shape, TensorSpec},
};
use crate::kernels::Scratch;

/// Most parameters of a network: their Adam state still fits a phone's tab.
pub const MAX_PARAMS: u64 = 8_000_000;
/// Most values per sample over all activations.
pub const MAX_ACTIVATIONS: u64 = 2_000_000;

/// Multiply-accumulates of the forward pass of a piece of a step.
const PIECE_MACS: u64 = 16_000_000;
/// Values that a piece keeps for its way back.
const PIECE_VALUES: u64 = 8_000_000;

/// Layers in order. Parameters are one flat slice that the caller owns; each layer has a span of it.
pub struct Network {
    input: Shape,
    nodes: Vec<Node>,
    params: usize,
}

/// One layer of a network.
pub struct Node {
    /// The pick it was built from.
    pub pick: Pick,
    /// The layer.
    pub layer: Box<dyn Layer>,
    /// Where its parameters lie in the network's flat slice.
    pub span: Range<usize>,
    /// Its tensors and where each lies in the network's flat slice.
    pub tensors: Vec<(TensorSpec, Range<usize>)>,
}

/// Memory of one mini-batch: allocated for the largest batch seen, then reused.
#[derive(Default)]
pub struct Tape {
    /// Output of each layer.
    outputs: Vec<Vec<f32>>,
    /// What each layer keeps between forward and backward.
    kept: Vec<Vec<f32>>,
    /// What rounds the input of each layer where some are rounded; else empty.
    pub inputs: Vec<Option<Input>>,
    /// Gradients by a layer's output and input, in turn.
    dy: Vec<f32>,
    dx: Vec<f32>,
    /// Gradients that come through skip connections, by what came into each layer at which one begins; else empty.
    skips: Vec<Vec<f32>>,
    /// Gradient by each layer's output, taken down on the way back where there is a place for it; empty where nobody asks.
    pub gradients: Vec<Vec<f32>>,
    scratch: Scratch,
}

impl Network {
    /// Builds `picks` for samples of shape `input`. Errors: a layer that cannot take what comes in, an unknown name or value,
    /// more parameters or activations than [`MAX_PARAMS`], [`MAX_ACTIVATIONS`] (found before anything is allocated).
    pub fn new(picks: &[Pick], input: &Shape) -> Result<Self, SpecError> {
        Self::built_by(layers::build, picks, input)
    }

    /// As [`Network::new`], of layers that `build` knows.
    pub fn built_by(build: Builder, picks: &[Pick], input: &Shape) -> Result<Self, SpecError> {
        let mut network = Self { input: input.clone(), nodes: stack(build, picks, input)?, params: 0 };
        let outputs = network.output().len();
        network.nodes.iter_mut().for_each(|n| n.layer.answer(outputs));
        // All are counted before one is placed: the error tells the size of the whole model, and no span overflows.
        let counts = network.nodes.iter().flat_map(|n| n.layer.tensors()).map(|t| t.count());
        within("parameters", counts.fold(0, u64::saturating_add), MAX_PARAMS)?;
        network.place();
        Ok(network)
    }

    /// Shape of one sample after `picks`. Errors: as [`Network::built_by`], but parameters are not counted.
    pub fn shape_after(build: Builder, picks: &[Pick], input: &Shape) -> Result<Shape, SpecError> {
        Ok(stack(build, picks, input)?.last().map_or(input, |n| n.layer.output()).clone())
    }

    /// Gives each layer's tensors their place in the flat slice.
    fn place(&mut self) {
        let mut end = 0;
        for node in &mut self.nodes {
            let start = end;
            for spec in node.layer.tensors() {
                let from = end;
                end += spec.len();
                node.tensors.push((spec, from..end));
            }
            node.span = start..end;
        }
        self.params = end;
    }

    /// Takes over changed settings of `picks` while training goes on: `true` if all that differ could be taken over (a dropout
    /// rate, the slope of an activation); `false`, and nothing changes, if the network has to be built anew.
    pub fn retune(&mut self, picks: &[Pick]) -> bool {
        if picks.len() != self.nodes.len() {
            return false;
        }
        let before: Vec<Pick> = self.nodes.iter().map(|n| n.pick.clone()).collect();
        let done = self.nodes.iter_mut().zip(picks).all(|(node, pick)| node.retune(pick));
        if !done {
            // What was taken over before the one that could not be is taken back.
            for (node, pick) in self.nodes.iter_mut().zip(&before) {
                node.retune(pick);
            }
        }
        done
    }

    /// Shape of one input sample.
    #[must_use]
    pub fn input(&self) -> &Shape {
        &self.input
    }

    /// Shape of one output sample.
    #[must_use]
    pub fn output(&self) -> &Shape {
        self.nodes.last().map_or(&self.input, |n| n.layer.output())
    }

    /// The layers in order.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Number of parameters.
    #[must_use]
    pub fn params(&self) -> usize {
        self.params
    }

    /// Multiply-accumulates per sample.
    #[must_use]
    pub fn macs(&self) -> u64 {
        self.nodes.iter().map(|n| n.layer.macs()).sum()
    }

    /// Spans of all weights (not biases): what regularization, pruning and quantization act on.
    pub fn weights(&self) -> impl Iterator<Item = (usize, &TensorSpec, Range<usize>)> {
        self.nodes
            .iter()
            .enumerate()
            .flat_map(|(i, n)| n.tensors.iter().filter(|(t, _)| t.role == Role::Weight).map(move |(t, r)| (i, t, r.clone())))
    }

    /// First parameters: weights by `rule`, biases zero, factors of normalizations one.
    #[must_use]
    pub fn init(&self, rule: &dyn Initializer, rng: &mut Rng) -> Vec<f32> {
        let mut params = vec![0.0; self.params];
        for (tensor, span) in self.nodes.iter().flat_map(|n| &n.tensors) {
            match tensor.role {
                Role::Weight => rule.fill(tensor, rng, &mut params[span.clone()]),
                Role::Scale | Role::Variance => params[span.clone()].fill(1.0),
                Role::Bias | Role::Mean => {}
            }
        }
        params
    }

    /// Spans of the running statistics, in order: what lies there is no parameter, and training moves it without an optimizer.
    pub fn statistics(&self) -> impl Iterator<Item = Range<usize>> {
        self.nodes.iter().flat_map(|n| &n.tensors).filter(|(t, _)| t.role.is_statistic()).map(|(_, span)| span.clone())
    }

    /// Runs `batch` samples `x[B, I]` and gives the outputs `[B, O]`. With `train`, dropout and the like are on.
    pub fn forward<'t>(&self, params: &[f32], x: &'t [f32], batch: usize, train: bool, rng: &mut Rng, tape: &'t mut Tape) -> &'t [f32] {
        tape.fit(self, batch);
        for (i, node) in self.nodes.iter().enumerate() {
            let (before, rest) = tape.outputs.split_at_mut(i);
            let skipped = self.skip(i).map(|from| {
                let values = from.checked_sub(1).map_or(x, |last| &before[last]);
                &values[..batch * node_input(self, i)]
            });
            let x = before.last().map_or(x, |v| &v[..]);
            let x = &x[..batch * node_input(self, i)];
            let x = match tape.inputs.get_mut(i) {
                Some(Some(input)) => input.forward(x, train),
                _ => x,
            };
            let y = &mut rest[0][..batch * node.layer.output().len()];
            let kept = &mut tape.kept[i][..batch * node.layer.kept()];
            let mut pass = Pass { batch, train, rng, kept, scratch: &mut tape.scratch, skipped };
            node.layer.forward(&mut pass, &params[node.span.clone()], x, y);
        }
        tape.outputs.last().map_or(x, |v| &v[..batch * self.output().len()])
    }

    /// The layer around which and all behind it a skip connection leads that ends at layer `i`: what came into it is added there.
    #[must_use]
    pub fn skip(&self, i: usize) -> Option<usize> {
        let back = self.nodes[i].layer.back();
        (back > 0).then(|| i - back)
    }

    /// Overwrites `dparams` with the gradient of the loss, given `dout[B, O]`, the gradient by the outputs of the last
    /// [`Network::forward`] with the same `x` and `batch`.
    pub fn backward(&self, params: &[f32], x: &[f32], batch: usize, dout: &[f32], dparams: &mut [f32], tape: &mut Tape) {
        dparams.fill(0.0);
        self.add_backward(params, x, batch, dout, dparams, tape);
    }

    /// Layers at which samples may leave early, in order.
    pub fn exits(&self) -> impl Iterator<Item = usize> {
        self.nodes.iter().enumerate().filter(|(_, n)| matches!(n.layer.op(), Op::Exit { .. })).map(|(i, _)| i)
    }

    /// Has `judge` look at the answers `[B, O]` of each layer that has some of its own, of the last [`Network::forward`] of `batch` samples, and write the
    /// gradient of the loss by them. It joins that of the network's outputs in the [`Network::add_backward`] that follows; without this such layers
    /// learn nothing.
    pub fn judge(&self, batch: usize, tape: &mut Tape, mut judge: impl FnMut(&[f32], &mut [f32])) {
        for (node, kept) in self.nodes.iter().zip(&mut tape.kept) {
            if let Some(Answers { weight, output, grad }) = node.layer.answers(batch, kept) {
                judge(output, grad);
                grad.iter_mut().for_each(|g| *g *= weight);
            }
        }
    }

    /// Whether training takes a mini-batch through it in one piece, whatever [`Network::piece`] says: it normalizes by the statistics of the whole.
    #[must_use]
    pub fn whole_batch(&self) -> bool {
        self.nodes.iter().any(|n| n.layer.whole_batch())
    }

    /// Values that a sample leaves for its way back.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.nodes.iter().map(|n| n.layer.output().len() + n.layer.kept()).sum()
    }

    /// Most samples that are taken through the network at once in training: a few milliseconds of work, and memory that a phone's tab
    /// has. The random numbers of dropout are drawn piece by piece.
    #[must_use]
    pub fn piece(&self) -> usize {
        let most = (PIECE_MACS / self.macs().max(1)).min(PIECE_VALUES / (self.kept().max(1) as u64)).max(1) as usize;
        // Whole tiles of the products.
        if most > 8 { most / 8 * 8 } else { most }
    }

    /// As [`Network::backward`], and adds to what `dparams` holds.
    pub fn add_backward(&self, params: &[f32], x: &[f32], batch: usize, dout: &[f32], dparams: &mut [f32], tape: &mut Tape) {
        // Layers before the first with parameters need no gradient by their input.
        let first = self.nodes.iter().position(|n| !n.span.is_empty()).unwrap_or(self.nodes.len());
        tape.skips.iter_mut().for_each(|skip| skip.fill(0.0));
        for (i, node) in self.nodes.iter().enumerate().skip(first).rev() {
            let (inputs, outputs) = (batch * node_input(self, i), batch * node.layer.output().len());
            if let Some(skip) = tape.skips.get(i + 1) {
                // Empty where no connection begins behind this layer.
                tape.dy.iter_mut().zip(&skip[..skip.len().min(outputs)]).for_each(|(dy, skip)| *dy += skip);
            }
            let (before, rest) = tape.outputs.split_at(i);
            let dy = if i + 1 == self.nodes.len() { dout } else { &tape.dy[..] };
            let x = &before.last().map_or(x, |v| &v[..])[..inputs];
            let rounds = tape.inputs.get(i).and_then(Option::as_ref);
            if let Some(taken) = tape.gradients.get_mut(i) {
                taken.clear();
                taken.extend_from_slice(&dy[..outputs]);
            }
            let grads = Grads {
                x: rounds.map_or(x, |input| input.last(x)),
                y: &rest[0][..outputs],
                dy: &dy[..outputs],
                dx: (i > first).then_some(&mut tape.dx[..inputs]),
                dparams: &mut dparams[node.span.clone()],
                batch,
                kept: &tape.kept[i][..batch * node.layer.kept()],
                scratch: &mut tape.scratch,
            };
            node.layer.backward(&params[node.span.clone()], grads);
            if let Some(from) = self.skip(i).filter(|from| *from > first) {
                tape.skips[from].iter_mut().zip(&dy[..outputs]).for_each(|(skip, dy)| *skip += dy);
            }
            if let (Some(input), true) = (rounds, i > first) {
                input.backward(x, &mut tape.dx[..inputs]);
            }
            std::mem::swap(&mut tape.dy, &mut tape.dx);
        }
    }
}

impl Node {
    fn retune(&mut self, pick: &Pick) -> bool {
        let (Ok(now), Ok(wanted)) = (layers::values(&self.pick), layers::values(pick)) else { return false };
        let done = pick.key == self.pick.key && (now == wanted || self.layer.retune(pick, &wanted));
        if done {
            self.pick = pick.clone();
        }
        done
    }
}

/// The layers with their shapes inferred, their parameters not yet placed.
fn stack(build: Builder, picks: &[Pick], input: &Shape) -> Result<Vec<Node>, SpecError> {
    if input.count() == 0 {
        return Err(SpecError::Incompatible { field: "data".into(), reason: "a sample has no values: choose at least one feature".into() });
    }
    let mut activations = within("values per sample", input.count(), MAX_ACTIVATIONS)?;
    let mut nodes: Vec<Node> = Vec::with_capacity(picks.len());
    for (i, pick) in picks.iter().enumerate() {
        let own = nodes.last().map_or(input, |n| n.layer.output());
        let layer = build(pick, own, i + 1)?;
        let before = |at: usize| at.checked_sub(1).map_or(input, |last| nodes[last].layer.output());
        layers::check_skip(layer.as_ref(), i, own, before).map_err(|reason| SpecError::Layer {
            layer: i + 1,
            name: pick.key.clone(),
            reason,
        })?;
        activations = within("activations per sample", layer.output().count().saturating_add(activations), MAX_ACTIVATIONS)?;
        nodes.push(Node { pick: pick.clone(), layer, span: 0..0, tensors: Vec::new() });
    }
    Ok(nodes)
}

/// `value` itself if it is within `limit`.
fn within(what: &str, value: u64, limit: u64) -> Result<u64, SpecError> {
    if value > limit { Err(SpecError::TooLarge { what: what.into(), value, limit }) } else { Ok(value) }
}

fn node_input(network: &Network, i: usize) -> usize {
    if i == 0 { network.input.len() } else { network.nodes[i - 1].layer.output().len() }
}

impl Tape {
    /// Output of layer `i` in the last forward pass, samples outermost; longer than the batch where a larger one came before.
    #[must_use]
    pub fn output(&self, i: usize) -> &[f32] {
        &self.outputs[i]
    }

    fn fit(&mut self, network: &Network, batch: usize) {
        let grow = |buffer: &mut Vec<f32>, len: usize| {
            if buffer.len() < len {
                buffer.resize(len, 0.0);
            }
        };
        self.outputs.resize_with(network.nodes.len(), Vec::new);
        self.kept.resize_with(network.nodes.len(), Vec::new);
        let mut widest = network.input.len();
        for (i, node) in network.nodes.iter().enumerate() {
            widest = widest.max(node.layer.output().len());
            grow(&mut self.outputs[i], batch * node.layer.output().len());
            grow(&mut self.kept[i], batch * node.layer.kept());
            if let Some(Some(input)) = self.inputs.get_mut(i) {
                input.fit(batch * node_input(network, i));
            }
            if let Some(from) = network.skip(i) {
                if self.skips.len() <= from {
                    self.skips.resize_with(from + 1, Vec::new);
                }
                grow(&mut self.skips[from], batch * node_input(network, i));
            }
        }
        grow(&mut self.dy, batch * widest);
        grow(&mut self.dx, batch * widest);
    }
}
