//! Runs packed models: each layer through the kernel that computes on the form in which its weights are stored.

mod exit;
mod float;
mod integer;
mod normal;
mod operation;
mod unfold;

use exit::Exits;
pub use exit::{NEVER, confidence};
use operation::{Operation, Work};

use super::{
    error::SpecError,
    layers::Op,
    packed::{PackedModel, output_len},
};

/// A model made ready to run, and its memory. Nothing is allocated after the first call of a batch size.
///
/// Large batches go through all layers block by block, so that what one layer writes is still near when the next one reads it;
/// results do not depend on how samples are batched.
pub struct Runner {
    input: usize,
    steps: Vec<Step>,
    /// Output of each step for one block, `[block, O]`; empty where a step passes its input on.
    outputs: Vec<Vec<f32>>,
    logits: Vec<f32>,
    /// The step that writes the model's output; `None` if none writes anything.
    end: Option<usize>,
    width: usize,
    exits: Exits,
    block: usize,
    work: Work,
}

/// One layer.
struct Step {
    /// `None` passes the input on as it is.
    operation: Option<Box<dyn Operation>>,
    /// The step whose output comes in; `None` for the model's input.
    feed: Option<usize>,
    /// What comes through a skip connection that ends here, likewise; `None` where none does.
    skip: Option<Option<usize>>,
    inputs: usize,
    outputs: usize,
}

/// Values that one layer may write per block: about half of a core's second-level cache.
const BLOCK_VALUES: usize = 1 << 17;

impl Runner {
    /// Makes `model` ready. Errors: an activation that no catalogue entry has.
    pub fn new(model: &PackedModel) -> Result<Self, SpecError> {
        let input = model.input.len();
        let (mut inputs, mut feed, mut widest) = (input, None, input);
        let mut steps = Vec::with_capacity(model.layers.len());
        let mut joined = false;
        let mut exits = Exits::default();
        // Where what comes into each layer lies.
        let mut feeds = Vec::with_capacity(model.layers.len());
        for (i, (layer, next)) in model.layers.iter().zip(model.layers.iter().skip(1).map(Some).chain([None])).enumerate() {
            feeds.push(feed);
            // What a skip connection reads has to be there.
            let joins = operation::joins(layer, next) && !model.skips().any(|(_, from)| from == i + 1);
            let operation = if joins { None } else { operation::build(layer, joined)? };
            joined = joins;
            let outputs = output_len(&layer.op, inputs);
            let skip = layer.skip(i).map(|from| feeds[from]);
            let passes = operation.is_none();
            if let Op::Exit { classes, .. } = layer.op {
                // Its head reads what comes in, which goes on to the next layer.
                exits.steps.push(i);
                steps.push(Step { operation, feed, skip, inputs, outputs: classes });
            } else {
                steps.push(Step { operation, feed, skip, inputs, outputs });
                if !passes {
                    feed = Some(i);
                }
            }
            inputs = outputs;
            widest = widest.max(outputs);
        }
        let behind = |exit: usize| {
            let mut read: Vec<usize> = steps[exit + 1..].iter().flat_map(|s| [s.feed, s.skip.flatten()]).flatten().chain(feed).collect();
            read.sort_unstable();
            read.dedup();
            read.retain(|step| *step <= exit);
            read
        };
        exits.read = exits.steps.iter().map(|exit| behind(*exit)).collect();
        let block = (BLOCK_VALUES / widest.max(1)).clamp(8, 128);
        let outputs = steps.iter().map(|_| Vec::new()).collect();
        Ok(Self { input, steps, outputs, logits: Vec::new(), end: feed, width: inputs, exits, block, work: Work::default() })
    }

    /// Outputs (before any softmax) `[B, O]` for `batch` samples `x[B, I]`.
    pub fn run(&mut self, x: &[f32], batch: usize) -> &[f32] {
        let outputs = self.outputs();
        fit(&mut self.logits, batch * outputs);
        self.exits.taken.clear();
        self.exits.taken.resize(batch, self.exits.steps.len());
        let mut done = 0;
        while done < batch {
            let here = self.block.min(batch - done);
            let x = &x[done * self.input..(done + here) * self.input];
            if let Some(leave) = self.exits.leave {
                leave(self, x, here, done);
            } else {
                // Heads have nothing to say where nobody leaves.
                for i in 0..self.steps.len() {
                    if !self.exits.steps.contains(&i) {
                        self.step(i, x, here);
                    }
                }
                let last = self.end.map_or(x, |i| &self.outputs[i][..here * outputs]);
                self.logits[done * outputs..(done + here) * outputs].copy_from_slice(last);
            }
            done += here;
        }
        &self.logits[..batch * outputs]
    }

    /// Values of one output sample.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.width
    }

    /// Number of layers: those of the model, one for one.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.steps.len()
    }

    /// Whether layer `layer` hands its input on as it is: it has nothing to do, or the layer behind it does it.
    #[must_use]
    pub fn idle(&self, layer: usize) -> bool {
        self.steps[layer].operation.is_none()
    }

    /// What runs layer `layer`: "f32", "int4", …; empty where nothing is computed.
    #[must_use]
    pub fn kernel(&self, layer: usize) -> String {
        self.steps[layer].operation.as_ref().map_or_else(String::new, |o| o.kernel())
    }

    /// Bytes that layer `layer` takes in memory: its weights with all that belongs to them, and its output for one sample. What passes
    /// its input on takes none.
    #[must_use]
    pub fn memory(&self, layer: usize) -> (usize, usize) {
        let step = &self.steps[layer];
        step.operation.as_ref().map_or((0, 0), |o| (o.held(), step.outputs * size_of::<f32>()))
    }

    /// Runs layer `layer` alone on what the last [`Runner::run`] of at least `batch` samples left at its input (zeros before any),
    /// to time it. `x[B, I]` is the model's input, read by layers that stand first.
    pub fn run_layer(&mut self, layer: usize, x: &[f32], batch: usize) {
        let mut done = 0;
        while done < batch {
            let here = self.block.min(batch - done);
            self.step(layer, &x[done * self.input..(done + here) * self.input], here);
            done += here;
        }
    }

    /// What came into layer `layer` for the last block of at most `batch` samples of the last run of `x`.
    #[must_use]
    pub fn input_of<'a>(&'a self, layer: usize, x: &'a [f32], batch: usize) -> &'a [f32] {
        let step = &self.steps[layer];
        let values = step.inputs * batch.min(self.block);
        match step.feed {
            None => &x[..values.min(x.len())],
            Some(feed) => &self.outputs[feed][..values.min(self.outputs[feed].len())],
        }
    }

    /// Most samples that go through the layers at once.
    #[must_use]
    pub fn block(&self) -> usize {
        self.block
    }

    fn step(&mut self, i: usize, input: &[f32], batch: usize) {
        let step = &self.steps[i];
        let Some(operation) = &step.operation else { return };
        let (before, rest) = self.outputs.split_at_mut(i);
        fit(&mut rest[0], batch * step.outputs);
        let x = match step.feed {
            None => input,
            Some(feed) => {
                fit(&mut before[feed], batch * step.inputs);
                &before[feed]
            }
        };
        let y = &mut rest[0][..batch * step.outputs];
        operation.run(batch, &x[..batch * step.inputs], y, &mut self.work);
        if let Some(from) = step.skip {
            let skipped = match from {
                None => input,
                Some(from) => {
                    fit(&mut before[from], batch * step.inputs);
                    &before[from]
                }
            };
            operation.add(&skipped[..batch * step.inputs], y);
        }
    }
}

fn fit(buffer: &mut Vec<f32>, len: usize) {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
}
