//! A program's kernels with their pipelines and bindings: made once, encoded for every step.

use std::rc::Rc;

use super::{
    buffers::{self, Buffers},
    device::{Gpu, STRIDE},
    program::Kernel,
    readback::{Pool, Readback, staging},
    slice::Record,
};

/// A record as `step.wgsl` lays it out.
fn words(record: &Record) -> [u32; (STRIDE / 4) as usize] {
    let mut words = [0; (STRIDE / 4) as usize];
    words[..3].copy_from_slice(&[record.samples, record.first, record.index]);
    let numbers = record.rule.iter().chain(&record.penalty);
    words[4..11].iter_mut().zip(numbers).for_each(|(word, number)| *word = number.to_bits());
    words
}

/// Kernels ready to be dispatched.
pub struct Dispatches {
    records: wgpu::Buffer,
    list: Vec<(wgpu::ComputePipeline, wgpu::BindGroup, [u32; 3])>,
}

impl Dispatches {
    /// Pipelines and bindings of `kernels`, for slices of up to `steps` steps.
    pub fn new(gpu: &Gpu, kernels: &[Kernel], buffers: &Buffers, steps: usize) -> Self {
        let records = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("steps"),
            size: STRIDE * steps as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let ready = |k: &Kernel| (gpu.pipeline(k), buffers.bind(gpu, &records, &k.slots), k.grid);
        let list = kernels.iter().map(ready).collect();
        Self { records, list }
    }

    /// Writes the records of a slice.
    pub fn describe(&self, gpu: &Gpu, steps: &[Record]) {
        let words: Vec<u32> = steps.iter().flat_map(words).collect();
        buffers::write(gpu, &self.records, &words);
    }

    /// All kernels for the first record, `count` times over in one submission; gives the first `numbers` of `from` after the last.
    pub fn repeat(&self, gpu: &Rc<Gpu>, count: usize, from: &wgpu::Buffer, numbers: usize, pool: &Pool) -> Readback {
        let bytes = 4 * numbers as u64;
        let staging = staging(gpu, pool, bytes);
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default());
        for _ in 0..count {
            self.encode(&mut pass, 1);
        }
        drop(pass);
        encoder.copy_buffer_to_buffer(from, 0, &staging, 0, bytes);
        gpu.queue.submit([encoder.finish()]);
        Readback::new(gpu, staging, pool)
    }

    /// All kernels, `steps` times over.
    pub fn encode(&self, pass: &mut wgpu::ComputePass<'_>, steps: usize) {
        for step in 0..steps {
            for (pipeline, bindings, [x, y, z]) in &self.list {
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, bindings, &[step as u32 * STRIDE as u32]);
                pass.dispatch_workgroups(*x, *y, *z);
            }
        }
    }
}
