//! Training on the GPU: slices of many steps, each one submission.

use std::rc::Rc;

use super::{
    buffers::{self, Buffers},
    device::{Gpu, GpuError},
    dispatch::Dispatches,
    inference::BuildError,
    program::{Place, Program},
    readback::{Pool, Readback, staging},
    slice::{Plan, REPORT, Slice},
};
use crate::engine::{losses, network::Network, optimizers, shape::Shape};

/// Samples on the GPU: uploaded once, read by every program that trains on them.
pub struct GpuSamples {
    inputs: wgpu::Buffer,
    targets: wgpu::Buffer,
}

impl GpuSamples {
    /// Uploads `inputs[samples, I]` and what they should give: classes as numbers `[samples]`, or values `[samples, O]`. Errors: too large.
    pub fn new(gpu: &Gpu, inputs: &[f32], targets: &[f32]) -> Result<Self, GpuError> {
        let upload = |numbers: &[f32]| {
            let buffer = buffers::storage(gpu, numbers.len().max(1))?;
            buffers::write_f32(gpu, &buffer, numbers);
            Ok(buffer)
        };
        Ok(Self { inputs: upload(inputs)?, targets: upload(targets)? })
    }
}

/// A program in training.
pub struct GpuTrainer {
    gpu: Rc<Gpu>,
    program: Program,
    buffers: Buffers,
    dispatches: Dispatches,
    params: usize,
    memory: usize,
    ranges: usize,
    most: usize,
    pool: Pool,
}

impl GpuTrainer {
    /// What `plan` says, on `samples`. Errors: a plan that makes no network, something too large for the GPU.
    pub fn of(gpu: &Rc<Gpu>, plan: &Plan, samples: &GpuSamples) -> Result<Self, BuildError> {
        let network = Network::new(&plan.layers, &Shape(plan.input.clone()))?;
        let (loss, values) = losses::CATALOG.resolve(&plan.loss)?;
        let loss = (loss.build)(&values);
        let (optimizer, values) = optimizers::CATALOG.resolve(&plan.optimizer)?;
        let optimizer = (optimizer.build)(&values);
        let program = Program::rounded_training(&network, loss.as_ref(), optimizer.as_ref(), (plan.batch, plan.classes), plan.rounding)?;
        let program = if plan.max_norm { program.with_max_norm(&network)? } else { program };
        let program = program.with(gpu.abilities());
        Ok(Self::new(gpu, program, samples, network.params(), optimizer.slots(), plan.steps)?)
    }

    /// Buffers and pipelines of `program` (see [`Program::training`]) for slices of up to `most` steps on `samples`, for `params` parameters
    /// of each of which the optimizer remembers `slots` numbers. Errors: something too large for the GPU.
    pub fn new(gpu: &Rc<Gpu>, program: Program, samples: &GpuSamples, params: usize, slots: usize, most: usize) -> Result<Self, GpuError> {
        let mut lengths = program.lengths.clone();
        lengths.insert(Place::Order, most * program.batch);
        lengths.insert(Place::Bits, (most * program.draws.words).max(1));
        lengths.insert(Place::Results, most * REPORT);
        let mut buffers = Buffers::new(gpu, &lengths)?;
        buffers.share(Place::Inputs, &samples.inputs);
        buffers.share(Place::Targets, &samples.targets);
        let spans: Vec<u32> = program.spans.iter().flat_map(|s| [s.start, s.end, s.from, s.parts]).collect();
        buffers.write(gpu, Place::Spans, &spans);
        program.tables.iter().for_each(|(place, numbers)| buffers.write_f32(gpu, *place, numbers));
        let dispatches = Dispatches::new(gpu, &program.kernels, &buffers, most);
        gpu.check()?;
        let ranges = lengths.get(&Place::Ranges).copied().unwrap_or(0);
        Ok(Self { gpu: gpu.clone(), program, buffers, dispatches, params, memory: slots * params, ranges, most, pool: Pool::default() })
    }

    /// The program that it runs.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Most steps of a slice.
    #[must_use]
    pub fn most(&self) -> usize {
        self.most
    }

    /// Sets parameters, the optimizer's memory, slot after slot, what each parameter is (see [`super::slice::traits`]), and the ranges of
    /// activations (see [`super::slice::ranges`]), which a program that rounds nothing has none of.
    pub fn load(&self, params: &[f32], memory: &[f32], traits: &[u32], ranges: &[f32]) {
        self.buffers.write_f32(&self.gpu, Place::Params, params);
        self.buffers.write_f32(&self.gpu, Place::Memory, memory);
        self.buffers.write(&self.gpu, Place::Traits, traits);
        if self.ranges > 0 {
            self.buffers.write_f32(&self.gpu, Place::Ranges, ranges);
        }
    }

    /// Submits the steps of `slice`, at most [`GpuTrainer::most`]; gives what they report, [`REPORT`] numbers a step.
    pub fn submit(&self, slice: &Slice) -> Readback {
        debug_assert!(slice.len() <= self.most);
        self.dispatches.describe(&self.gpu, &slice.records);
        self.buffers.write(&self.gpu, Place::Order, &slice.order);
        self.buffers.write(&self.gpu, Place::Bits, &slice.bits);
        let bytes = (4 * REPORT * slice.len()) as u64;
        self.read(&[(Place::Results, bytes)], |encoder| {
            self.dispatches.encode(&mut encoder.begin_compute_pass(&Default::default()), slice.len());
        })
    }

    /// Parameters, behind them the optimizer's memory, and then the ranges of activations, after all that was submitted.
    pub fn state(&self) -> Readback {
        let lengths = [(Place::Params, self.params), (Place::Memory, self.memory), (Place::Ranges, self.ranges)];
        self.read(&lengths.map(|(place, words)| (place, 4 * words as u64)), |_| {})
    }

    /// Submits `work`, then copies the first bytes of each of `places` to where the host can read them.
    fn read(&self, places: &[(Place, u64)], work: impl FnOnce(&mut wgpu::CommandEncoder)) -> Readback {
        let staging = staging(&self.gpu, &self.pool, places.iter().map(|(_, bytes)| bytes).sum());
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        work(&mut encoder);
        let mut to = 0;
        for (place, bytes) in places.iter().filter(|(_, bytes)| *bytes > 0) {
            encoder.copy_buffer_to_buffer(self.buffers.at(*place), 0, &staging, to, *bytes);
            to += bytes;
        }
        self.gpu.queue.submit([encoder.finish()]);
        Readback::new(&self.gpu, staging, &self.pool)
    }
}
