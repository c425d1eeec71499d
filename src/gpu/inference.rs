//! Inference on the GPU.

use std::rc::Rc;

use super::{
    buffers::Buffers,
    device::{Gpu, GpuError},
    dispatch::Dispatches,
    program::{Packed, Place, Program},
    readback::{Pool, Readback},
    slice::Record,
};
use crate::engine::{error::SpecError, network::Network, packed::PackedModel};

/// A model with its weights on the GPU: a network in floats, or a packed model in the form in which it is stored.
pub struct GpuRunner {
    gpu: Rc<Gpu>,
    buffers: Buffers,
    dispatches: Dispatches,
    output: Place,
    inputs: usize,
    outputs: usize,
    batch: usize,
    pool: Pool,
}

/// Why a network cannot run on the GPU.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// The network.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The GPU.
    #[error(transparent)]
    Gpu(#[from] GpuError),
}

impl GpuRunner {
    /// `params` in the network's order, for up to `batch` samples at a time. Errors: something too large for the GPU.
    pub fn new(gpu: &Rc<Gpu>, network: &Network, params: &[f32], batch: usize) -> Result<Self, BuildError> {
        let program = Program::inference(network, batch)?;
        let runner = Self::empty(gpu, &program, (network.input().len(), network.output().len()))?;
        runner.buffers.write_f32(gpu, Place::Params, params);
        Ok(runner)
    }

    /// `model` in the form in which it is stored, for up to `batch` samples at a time. Errors: something too large for the GPU.
    pub fn packed(gpu: &Rc<Gpu>, model: &PackedModel, batch: usize) -> Result<Self, BuildError> {
        Self::of(gpu, &Packed::new(model, batch, gpu.abilities())?)
    }

    /// What `packed` says. Errors: a buffer too large for the GPU.
    pub fn of(gpu: &Rc<Gpu>, packed: &Packed) -> Result<Self, BuildError> {
        let runner = Self::empty(gpu, &packed.program, (packed.inputs, packed.outputs))?;
        for (place, words) in &packed.contents {
            runner.buffers.write(gpu, *place, words);
        }
        Ok(runner)
    }

    /// Without weights.
    fn empty(gpu: &Rc<Gpu>, program: &Program, (inputs, outputs): (usize, usize)) -> Result<Self, GpuError> {
        let batch = program.batch;
        let mut lengths = program.lengths.clone();
        lengths.insert(Place::Inputs, (batch * inputs).max(1));
        let buffers = Buffers::new(gpu, &lengths)?;
        program.tables.iter().for_each(|(place, numbers)| buffers.write_f32(gpu, *place, numbers));
        let dispatches = Dispatches::new(gpu, &program.kernels, &buffers, 1);
        gpu.check()?;
        Ok(Self { gpu: gpu.clone(), buffers, dispatches, output: program.output, inputs, outputs, batch, pool: Pool::default() })
    }

    /// Outputs `[B, O]` for `x[B, I]`, B up to what it was made for.
    pub fn run(&self, x: &[f32]) -> Readback {
        let samples = self.give(x);
        self.submit(samples, 1, samples * self.outputs)
    }

    /// Uploads `x[B, I]`, for [`GpuRunner::repeat`]; says how many samples fit.
    pub fn give(&self, x: &[f32]) -> usize {
        let samples = (x.len() / self.inputs.max(1)).min(self.batch);
        self.buffers.write_f32(&self.gpu, Place::Inputs, &x[..samples * self.inputs]);
        samples
    }

    /// Outputs for the largest batch, computed `count` times in one submission, to time it. Of the last the first number comes back.
    pub fn repeat(&self, count: usize) -> Readback {
        self.submit(self.batch, count, 1)
    }

    /// Computes outputs for `samples` samples `count` times; gives the first `wanted` of them.
    fn submit(&self, samples: usize, count: usize, wanted: usize) -> Readback {
        self.dispatches.describe(&self.gpu, &[Record { samples: samples as u32, ..Record::default() }]);
        self.dispatches.repeat(&self.gpu, count, self.buffers.at(self.output), wanted, &self.pool)
    }
}
