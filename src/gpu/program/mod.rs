//! What runs on the GPU, as plain data: kernels in order, and the buffers they read and write.

mod attention;
mod backward;
mod embedding;
mod forward;
mod grid;
mod halves;
mod norm;
mod packed;
mod reduce;
mod rounding;
mod skip;
mod stages;
mod update;

use std::collections::BTreeMap;

pub use packed::{Abilities, Packed};
pub use update::Span;

use super::slice::Draws;
use crate::{
    engine::{error::SpecError, losses::Loss, network::Network, optimizers::Optimizer, train::Rounding},
    kernels::wgsl::Wgsl,
};
use stages::{Stage, StageOp};

/// Most values of a batch: the record of a step, its samples and its grid count in 32 bits.
pub const MAX_BATCH: usize = 65_536;

/// A buffer of the program, in 4-byte words. A number is a stage's: a layer with the activation that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Samples, row-major.
    Inputs,
    /// Which sample each row of each mini-batch of a slice is.
    Order,
    /// Class or value of each sample.
    Targets,
    /// Parameters of all layers.
    Params,
    /// The optimizer's memory, slot after slot.
    Memory,
    /// A word per parameter: bit 0 alive, bit 1 a weight, bit 2 clipped when it was rounded, bit 3 a running statistic.
    Traits,
    /// See [`Span`].
    Spans,
    /// Parts of the gradient by the parameters.
    Partials,
    /// Bits of dropout for a slice of steps.
    Bits,
    /// Four numbers per step: mean loss; hits or squared errors; absolute errors; nothing.
    Results,
    /// Output of a stage.
    Output(usize),
    /// What came into a stage's activation, where its slope needs that; else one word.
    Kept(usize),
    /// Parameters with weights rounded.
    Rounded,
    /// What comes into a stage, rounded.
    Input(usize),
    /// Smallest and largest value that comes into each layer, as learnt; see `input_grid.wgsl`.
    Ranges,
    /// Those of the step under way; see `round_input.wgsl`.
    Extremes,
    /// What a normalization notes for the way back; see `batchnorm.wgsl` and `layernorm.wgsl`.
    Moments(usize),
    /// Where in its window the largest value lay.
    Windows(usize),
    /// Gradient by what came into a stage's activation.
    Gradient(usize),
    /// What comes into a stage as codes of 8 bits, four a word, each row padded to words.
    Codes(usize),
    /// Weights of a stage as codes, see `codes.wgsl`, or as floats of 16 bits, see `small_floats.wgsl`.
    Weights(usize),
    /// Where a stage's weights of every four lie; see `semi_structured/semi_structured.wgsl`.
    Positions(usize),
    /// Three words for each output unit of a stage: scale and bias, floats, and a whole number that is taken from its sum. Beside weights of 16 bits the bias
    /// alone.
    Units(usize),
    /// Waves that a stage adds to its samples.
    Waves(usize),
    /// Queries, keys and values of an attention stage, side by side.
    Projected(usize),
    /// What each pair of its positions counts.
    Pairs(usize),
    /// What its heads put out.
    Seen(usize),
    /// Gradient by queries, keys and values of the attention stage whose way back it is.
    ProjectedGradient,
    /// That by what pairs count.
    PairsGradient,
    /// That by what heads put out.
    SeenGradient,
    /// One word, for a kernel that does not use what it could be given.
    Nothing,
}

/// A binding of a kernel, from 1 on in order; binding 0 is the record of the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Read only.
    Read(Place),
    /// Read and written.
    Write(Place),
}

/// A dispatch.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// Name for errors and traces.
    pub name: &'static str,
    /// Text and settings.
    pub wgsl: Wgsl,
    /// Bindings from 1 on.
    pub slots: Vec<Slot>,
    /// Workgroups.
    pub grid: [u32; 3],
}

/// All that runs for a mini-batch, and the buffers it needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Dispatches, in order.
    pub kernels: Vec<Kernel>,
    /// Words of each buffer. [`Place::Inputs`], [`Place::Targets`], [`Place::Order`] and what belongs to a slice is sized by the driver.
    pub lengths: BTreeMap<Place, usize>,
    /// Where the network's output is.
    pub output: Place,
    /// Largest mini-batch.
    pub batch: usize,
    /// Content of [`Place::Spans`].
    pub spans: Vec<Span>,
    /// What lies in other buffers from the beginning, whatever the parameters are.
    pub tables: Vec<(Place, Vec<f32>)>,
    /// What of [`Place::Bits`] a step wants.
    pub draws: Draws,
    /// What training rounds to.
    pub rounding: Option<Rounding>,
    /// The stages that want random bits.
    noisy: Vec<usize>,
}

impl Program {
    /// A training step of `network`: forward, loss, backward, update. Errors: a mini-batch too large for the GPU's grids; a loss or an optimizer without a form on the GPU.
    pub fn training(network: &Network, loss: &dyn Loss, optimizer: &dyn Optimizer, batch: usize, classes: bool) -> Result<Self, SpecError> {
        Self::rounded_training(network, loss, optimizer, (batch, classes), None)
    }

    /// The same step with weights and activations rounded to `rounding`: quantization-aware training. Errors as for [`Program::training`], and grids for which the
    /// GPU has no kernel.
    pub fn rounded_training(
        network: &Network,
        loss: &dyn Loss,
        optimizer: &dyn Optimizer,
        (batch, classes): (usize, bool),
        rounding: Option<Rounding>,
    ) -> Result<Self, SpecError> {
        rounding::check(rounding)?;
        let stages = stages::of(network, true, rounding)?;
        let mut program = Self::forward(&stages, network, batch, true, rounding)?;
        program.loss(&stages, loss, network.output().len(), classes)?;
        program.backward(&stages)?;
        program.update(network, optimizer)?;
        program.ranges(&stages, network.nodes().len())?;
        Ok(program)
    }

    /// The same step with the weights into each unit kept within the max-norm that its record names. Errors as for [`Program::training`].
    pub fn with_max_norm(mut self, network: &Network) -> Result<Self, SpecError> {
        self.max_norm(network)?;
        Ok(self)
    }

    /// Outputs of `network` for a mini-batch that lies in [`Place::Inputs`]. Errors as for [`Program::training`].
    pub fn inference(network: &Network, batch: usize) -> Result<Self, SpecError> {
        Self::forward(&stages::of(network, false, None)?, network, batch, false, None)
    }

    /// Nothing yet, for mini-batches of up to `batch`.
    fn empty(stages: &[Stage], params: usize, batch: usize) -> Result<Self, SpecError> {
        if batch == 0 || batch > MAX_BATCH {
            let (value, limit) = (batch as u64, MAX_BATCH as u64);
            return Err(SpecError::TooLarge { what: "samples per step on the GPU".into(), value, limit });
        }
        let mut program = Self {
            kernels: Vec::new(),
            lengths: BTreeMap::new(),
            output: Place::Output(stages.len().saturating_sub(1)),
            batch,
            spans: Vec::new(),
            tables: Vec::new(),
            draws: Draws::default(),
            rounding: None,
            noisy: Vec::new(),
        };
        program.reserve(Place::Params, params);
        program.reserve(Place::Nothing, 1);
        Ok(program)
    }

    fn forward(stages: &[Stage], network: &Network, batch: usize, train: bool, rounding: Option<Rounding>) -> Result<Self, SpecError> {
        let mut program = Self { rounding, ..Self::empty(stages, network.params(), batch)? };
        if train {
            program.draws = Draws::of(network, batch);
            program.noisy = stages.iter().enumerate().filter(|(_, s)| matches!(s.op, StageOp::Dropout(_))).map(|(i, _)| i).collect();
        }
        program.round_weights(stages, network.nodes().len())?;
        for (i, stage) in stages.iter().enumerate() {
            program.reserve(Place::Output(i), batch * stage.output);
            program.reserve(Place::Kept(i), if train && stage.keeps_input() { batch * stage.output } else { 1 });
            program.round_input(i, stage)?;
            program.forward_stage(i, stage, train)?;
        }
        Ok(program)
    }

    /// At least one word, since an empty buffer cannot be bound.
    fn reserve(&mut self, place: Place, words: usize) {
        self.lengths.insert(place, words.max(1));
    }

    /// Room for `words`, in a buffer that stages use in turn.
    fn reserve_most(&mut self, place: Place, words: usize) {
        self.reserve(place, self.lengths.get(&place).map_or(words, |most| words.max(*most)));
    }

    fn push(&mut self, name: &'static str, wgsl: Wgsl, slots: Vec<Slot>, grid: [u32; 3]) {
        let wgsl = Wgsl::new(include_str!("../wgsl/step.wgsl")).join(&wgsl);
        self.kernels.push(Kernel { name, wgsl, slots, grid });
    }
}

/// Joined to kernels that read samples: by [`Place::Order`], or as they lie.
fn gather(by_order: bool) -> Wgsl {
    Wgsl::new(include_str!("../wgsl/gather.wgsl")).with("GATHER", f64::from(u8::from(by_order)))
}

/// Input of stage `i`, the list of samples, and the way to read both: in training the first stage reads all samples by the list.
fn source(i: usize, train: bool) -> (Place, Place, Wgsl) {
    match i {
        0 if train => (Place::Inputs, Place::Order, gather(true)),
        0 => (Place::Inputs, Place::Nothing, gather(false)),
        _ => (Place::Output(i - 1), Place::Nothing, gather(false)),
    }
}

/// The product of two square matrices of `n` rows, [`Place::Inputs`] × [`Place::Params`] into the first output: what the bench times.
#[must_use]
pub fn square(n: usize) -> Kernel {
    let edge = n.div_ceil(64) as u32;
    let files = [
        include_str!("../wgsl/step.wgsl"),
        include_str!("../../kernels/matmul_f32/square.wgsl"),
        include_str!("../../kernels/matmul_f32/matmul_f32.wgsl"),
    ];
    Kernel {
        name: "square product",
        wgsl: Wgsl { files: files.to_vec(), constants: vec![("COLS", n as f64)] },
        slots: vec![Slot::Read(Place::Inputs), Slot::Read(Place::Params), Slot::Write(Place::Output(0))],
        grid: [edge, edge, 1],
    }
}
