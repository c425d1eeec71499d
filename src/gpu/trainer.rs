//! Training on the GPU: slices of many steps, each one submission.

use std::rc::Rc;

use super::{
    buffers::Buffers,
    device::{Gpu, GpuError},
    dispatch::{Dispatches, Record},
    program::{Draw, Place, Program},
    readback::{Pool, Readback, staging},
};
use crate::engine::{data::Samples, rng::Rng};

/// Numbers that a step reports: mean loss; hits, or the sum of squared errors; the sum of absolute errors; nothing.
pub const REPORT: usize = 4;

/// A program in training.
pub struct GpuTrainer {
    gpu: Rc<Gpu>,
    program: Program,
    buffers: Buffers,
    dispatches: Dispatches,
    params: usize,
    memory: usize,
    most: usize,
    pool: Pool,
}

/// The steps of a slice, to be filled one by one.
#[derive(Default)]
pub struct Slice {
    records: Vec<Record>,
    order: Vec<u32>,
    bits: Vec<u32>,
}

impl Slice {
    /// Adds a step on the samples numbered `order`. `rule` is the optimizer's for this step; `penalty` L1, L2 and max-norm; `rng` what dropout draws from.
    pub fn push(&mut self, program: &Program, order: &[u32], rule: [f32; 4], penalty: [f32; 3], rng: &mut Rng) {
        let (samples, first, index) = (order.len() as u32, self.order.len() as u32, self.records.len() as u32);
        self.records.push(Record { samples, first, index, rule, penalty });
        self.order.extend_from_slice(order);
        let start = self.bits.len();
        self.bits.resize(start + program.bits, 0);
        // Piece by piece, as the CPU does.
        for from in (0..order.len()).step_by(program.piece) {
            let to = order.len().min(from + program.piece);
            for draw in &program.draws {
                fill(draw, from..to, &mut self.bits[start..], rng);
            }
        }
    }

    /// Steps so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it has no step.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

/// Draws as the CPU's layer does: a number for each value, samples outermost.
fn fill(draw: &Draw, samples: std::ops::Range<usize>, bits: &mut [u32], rng: &mut Rng) {
    for i in samples.start * draw.width..samples.end * draw.width {
        let stays = rng.next_u32() >= draw.noise.threshold;
        bits[draw.offset + i / 32] |= u32::from(stays) << (i % 32);
    }
}

impl GpuTrainer {
    /// Buffers and pipelines of `program` (see [`Program::training`]) for slices of up to `most` steps on `data`, which is uploaded. `weight` says
    /// of each parameter whether penalties act on it. Errors: something too large for the GPU.
    pub fn new(gpu: &Rc<Gpu>, program: Program, data: &Samples, params: usize, slots: usize, most: usize) -> Result<Self, GpuError> {
        let targets: Vec<f32> = if data.values.is_empty() { data.classes.iter().map(|c| *c as f32).collect() } else { data.values.clone() };
        let mut lengths = program.lengths.clone();
        lengths.insert(Place::Inputs, data.inputs.len().max(1));
        lengths.insert(Place::Targets, targets.len().max(1));
        lengths.insert(Place::Order, most * program.batch);
        lengths.insert(Place::Bits, (most * program.bits).max(1));
        lengths.insert(Place::Results, most * REPORT);
        let buffers = Buffers::new(gpu, &lengths)?;
        buffers.write_f32(gpu, Place::Inputs, &data.inputs);
        buffers.write_f32(gpu, Place::Targets, &targets);
        let spans: Vec<u32> = program.spans.iter().flat_map(|s| [s.start, s.end, s.from, s.parts]).collect();
        buffers.write(gpu, Place::Spans, &spans);
        let dispatches = Dispatches::new(gpu, &program.kernels, &buffers, most);
        gpu.check()?;
        Ok(Self { gpu: gpu.clone(), program, buffers, dispatches, params, memory: slots * params, most, pool: Pool::default() })
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

    /// Sets parameters and the optimizer's memory.
    pub fn load(&self, params: &[f32], memory: &[Vec<f32>]) {
        self.buffers.write_f32(&self.gpu, Place::Params, params);
        let memory: Vec<f32> = memory.concat();
        self.buffers.write_f32(&self.gpu, Place::Memory, &memory);
    }

    /// Says which parameters penalties act on, and which live: `keep` is 1 for those, 0 for one held at zero, or empty for all.
    pub fn mark(&self, weights: impl Iterator<Item = std::ops::Range<usize>>, keep: &[f32]) {
        let mut traits = vec![1_u32; self.params];
        traits.iter_mut().zip(keep).for_each(|(t, k)| *t = u32::from(*k != 0.0));
        weights.for_each(|span| traits[span].iter_mut().for_each(|t| *t |= 2));
        self.buffers.write(&self.gpu, Place::Traits, &traits);
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

    /// Parameters, and behind them the optimizer's memory, after all that was submitted.
    pub fn state(&self) -> Readback {
        self.read(&[(Place::Params, 4 * self.params as u64), (Place::Memory, 4 * self.memory as u64)], |_| {})
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
