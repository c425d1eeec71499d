//! The product of two square matrices that stay on the GPU: what the bench times.

use std::{collections::BTreeMap, rc::Rc};

use super::{
    buffers::Buffers,
    device::{Gpu, GpuError},
    dispatch::Dispatches,
    program::{self, Place},
    readback::{Pool, Readback},
    slice::Record,
};

/// Two matrices and their product.
pub struct GpuProduct {
    gpu: Rc<Gpu>,
    n: usize,
    buffers: Buffers,
    dispatches: Dispatches,
    pool: Pool,
}

impl GpuProduct {
    /// Uploads `a` and `b`, both `[n, n]`. Errors: too large for the GPU.
    pub fn new(gpu: &Rc<Gpu>, n: usize, a: &[f32], b: &[f32]) -> Result<Self, GpuError> {
        let lengths: BTreeMap<_, _> = [Place::Inputs, Place::Params, Place::Output(0)].map(|place| (place, n * n)).into();
        let buffers = Buffers::new(gpu, &lengths)?;
        buffers.write_f32(gpu, Place::Inputs, a);
        buffers.write_f32(gpu, Place::Params, b);
        let dispatches = Dispatches::new(gpu, &[program::square(n)], &buffers, 1);
        dispatches.describe(gpu, &[Record::default()]);
        gpu.check()?;
        Ok(Self { gpu: gpu.clone(), n, buffers, dispatches, pool: Pool::default() })
    }

    /// Computes the product `count` times; gives the last, `[n, n]`.
    pub fn run(&self, count: usize) -> Readback {
        self.submit(count, self.n * self.n)
    }

    /// The same, to time it: gives the first number of the last.
    pub fn repeat(&self, count: usize) -> Readback {
        self.submit(count, 1)
    }

    /// Computes the product `count` times; gives the first `wanted` numbers of the last.
    fn submit(&self, count: usize, wanted: usize) -> Readback {
        self.dispatches.repeat(&self.gpu, count, self.buffers.at(Place::Output(0)), wanted, &self.pool)
    }
}
