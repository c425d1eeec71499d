//! Training steps on the GPU over batches in order, and models that the CPU has packed.

use std::rc::Rc;

use super::{Model, train::Rules};
use crate::{
    engine::{artifact, data::Samples, error::SpecError, rng::Rng},
    gpu::{
        Readback,
        device::Gpu,
        inference::{BuildError, GpuRunner},
        program::Program,
        slice::{REPORT, Slice, targets as numbers, traits},
        trainer::{GpuSamples, GpuTrainer},
    },
};

/// Most steps of one submission.
const SLICE: usize = 64;

/// A training run: batch `k mod ⌊samples / batch⌋` at step `k`, in order.
pub struct GpuTrain {
    device: GpuTrainer,
    rules: Rules,
    step: u64,
    batch: usize,
    samples: usize,
}

impl GpuTrain {
    /// As [`super::Train::new`].
    pub fn new(gpu: &Rc<Gpu>, model: Model, batch: usize, params: &[f32], inputs: Vec<f32>, targets: &[f32]) -> Result<Self, BuildError> {
        let network = model.network()?;
        let samples = targets.len();
        if params.len() != network.params() || inputs.len() != samples * network.input().len() || batch == 0 || samples < batch {
            let reason = format!("{} parameters and {} inputs do not fit the model and batch", params.len(), inputs.len());
            return Err(SpecError::Incompatible { field: "model".into(), reason }.into());
        }
        let rules = Rules::of(model)?;
        let (classes, values) = rules.targets(targets);
        let data = Samples { len: samples, inputs, classes, values };
        let program = Program::training(&network, rules.loss.as_ref(), rules.optimizer.as_ref(), batch, data.values.is_empty())?
            .with(gpu.abilities());
        let slots = rules.optimizer.slots();
        let data = GpuSamples::new(gpu, &data.inputs, &numbers(&data))?;
        let device = GpuTrainer::new(gpu, program, &data, params.len(), slots, SLICE)?;
        device.load(params, &vec![0.0; slots * params.len()], &traits(&network, &[]), &[]);
        Ok(Self { device, rules, step: 0, batch, samples })
    }

    /// `n` steps, at most 64, in one submission; what they report.
    pub fn steps(&mut self, n: usize) -> Readback {
        let mut slice = Slice::default();
        for _ in 0..n.min(SLICE) {
            let first = (self.step as usize % (self.samples / self.batch)) * self.batch;
            let order: Vec<u32> = (first as u32..(first + self.batch) as u32).collect();
            self.step += 1;
            let rule = self.rules.optimizer.rule(self.step, self.rules.lr);
            slice.push(&self.device.program().draws, &order, rule, [0.0; 3], &mut Rng::new(0, 0));
        }
        self.device.submit(&slice)
    }

    /// The loss of the last step in `reports`, as the engine counts it.
    #[must_use]
    pub fn last_loss(reports: &[f32]) -> f32 {
        reports.rchunks_exact(REPORT).next().map_or(0.0, |report| report[0])
    }
}

/// The model of a file (see [`super::pack`]) on the GPU, for up to `batch` samples at a time. Errors: no model file, a model that the GPU has no kernels for,
/// something too large for it.
pub fn unpack(gpu: &Rc<Gpu>, file: &[u8], batch: usize) -> Result<GpuRunner, BuildError> {
    let read = artifact::decode(file).map_err(|error| SpecError::Incompatible { field: "model".into(), reason: error.to_string() })?;
    GpuRunner::packed(gpu, &read.model, batch)
}
