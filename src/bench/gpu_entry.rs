//! An entry of [`ON_GPU`](super::device::ON_GPU), ready on the GPU.

use std::rc::Rc;

use super::device::{Job, OnGpu};
use crate::{
    engine::rng::Rng,
    gpu::{
        Readback,
        device::Gpu,
        inference::{BuildError, GpuRunner},
        product::GpuProduct,
    },
};

/// What is computed again and again.
pub enum GpuEntry {
    /// A matrix product.
    Product(GpuProduct),
    /// A layer.
    Layer(GpuRunner),
}

impl GpuEntry {
    /// Makes `entry` ready, its weights and samples on the GPU. Errors: something too large for it.
    pub fn new(gpu: &Rc<Gpu>, entry: &OnGpu) -> Result<Self, BuildError> {
        Ok(match entry.job() {
            Job::Product(n) => {
                let mut rng = Rng::new(3, 0);
                let mut draw = || (0..n * n).map(|_| rng.range(-0.5, 0.5)).collect::<Vec<_>>();
                Self::Product(GpuProduct::new(gpu, n, &draw(), &draw())?)
            }
            Job::Layer { model, batch, samples } => {
                let runner = GpuRunner::packed(gpu, &model, batch)?;
                runner.give(&samples);
                Self::Layer(runner)
            }
        })
    }

    /// Computes it `count` times in one submission; gives the first number of the last result, which says that all is done.
    pub fn repeat(&self, count: usize) -> Readback {
        match self {
            Self::Product(product) => product.repeat(count),
            Self::Layer(runner) => runner.repeat(count),
        }
    }
}
