//! Inference on the GPU.

use std::rc::Rc;

use super::{
    buffers::Buffers,
    device::{Gpu, GpuError},
    dispatch::Dispatches,
    program::{Place, Program},
    readback::{Pool, Readback, staging},
    slice::Record,
};
use crate::engine::{error::SpecError, network::Network};

/// A network with its parameters on the GPU.
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
        let (inputs, outputs) = (network.input().len(), network.output().len());
        let mut lengths = program.lengths.clone();
        lengths.insert(Place::Inputs, batch * inputs);
        let buffers = Buffers::new(gpu, &lengths)?;
        buffers.write_f32(gpu, Place::Params, params);
        let dispatches = Dispatches::new(gpu, &program.kernels, &buffers, 1);
        gpu.check()?;
        Ok(Self { gpu: gpu.clone(), buffers, dispatches, output: program.output, inputs, outputs, batch, pool: Pool::default() })
    }

    /// Outputs `[B, O]` for `x[B, I]`, B up to what it was made for.
    pub fn run(&self, x: &[f32]) -> Readback {
        let samples = (x.len() / self.inputs).min(self.batch);
        self.buffers.write_f32(&self.gpu, Place::Inputs, &x[..samples * self.inputs]);
        self.dispatches.describe(&self.gpu, &[Record { samples: samples as u32, ..Record::default() }]);
        let bytes = (4 * samples * self.outputs) as u64;
        let staging = staging(&self.gpu, &self.pool, bytes);
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        self.dispatches.encode(&mut encoder.begin_compute_pass(&Default::default()), 1);
        encoder.copy_buffer_to_buffer(self.buffers.at(self.output), 0, &staging, 0, bytes);
        self.gpu.queue.submit([encoder.finish()]);
        Readback::new(&self.gpu, staging, &self.pool)
    }
}
