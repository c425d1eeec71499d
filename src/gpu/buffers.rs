//! The buffers of a program.

use std::collections::BTreeMap;

use super::{
    device::{Gpu, GpuError},
    program::{Place, Slot},
};

/// A buffer for each place.
pub struct Buffers(BTreeMap<Place, wgpu::Buffer>);

impl Buffers {
    /// Buffers of so many words, holding zeros. Errors: one is larger than the GPU allows; then none is made.
    pub fn new(gpu: &Gpu, lengths: &BTreeMap<Place, usize>) -> Result<Self, GpuError> {
        let limit = gpu.largest();
        let sizes = lengths.iter().map(|(place, words)| (*place, 4 * (*words as u64)));
        if let Some((_, bytes)) = sizes.clone().find(|(_, bytes)| *bytes > limit) {
            return Err(GpuError::TooLarge { bytes, limit });
        }
        let buffers = Self(sizes.map(|(place, size)| (place, create(gpu, size))).collect());
        gpu.check()?;
        Ok(buffers)
    }

    /// Puts a buffer that others use as well at `place`.
    pub fn share(&mut self, place: Place, buffer: &wgpu::Buffer) {
        self.0.insert(place, buffer.clone());
    }

    /// The buffer at `place`. A place that the program does not have is a bug in the program: its kernels name only their own.
    pub fn at(&self, place: Place) -> &wgpu::Buffer {
        &self.0[&place]
    }

    /// Writes words from the first on.
    pub fn write(&self, gpu: &Gpu, place: Place, words: &[u32]) {
        write(gpu, self.at(place), words);
    }

    /// Writes numbers from the first on.
    pub fn write_f32(&self, gpu: &Gpu, place: Place, numbers: &[f32]) {
        write_f32(gpu, self.at(place), numbers);
    }

    /// The bindings of a kernel, with `records` as its binding 0.
    pub fn bind(&self, gpu: &Gpu, records: &wgpu::Buffer, slots: &[Slot]) -> wgpu::BindGroup {
        let record = wgpu::BufferBinding { buffer: records, offset: 0, size: std::num::NonZeroU64::new(super::device::RECORD) };
        let mut entries = vec![wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::Buffer(record) }];
        for (i, slot) in slots.iter().enumerate() {
            let (Slot::Read(place) | Slot::Write(place)) = slot;
            entries.push(wgpu::BindGroupEntry { binding: i as u32 + 1, resource: self.at(*place).as_entire_binding() });
        }
        let layout = gpu.layout(slots);
        gpu.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout: &layout, entries: &entries })
    }
}

/// A buffer of `words` words, holding zeros. Errors: larger than the GPU allows.
pub fn storage(gpu: &Gpu, words: usize) -> Result<wgpu::Buffer, GpuError> {
    let (bytes, limit) = (4 * words as u64, gpu.largest());
    if bytes > limit { Err(GpuError::TooLarge { bytes, limit }) } else { Ok(create(gpu, bytes)) }
}

fn create(gpu: &Gpu, size: u64) -> wgpu::Buffer {
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
    gpu.device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
}

/// Writes numbers to `buffer` from its first on.
pub fn write_f32(gpu: &Gpu, buffer: &wgpu::Buffer, numbers: &[f32]) {
    let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    gpu.queue.write_buffer(buffer, 0, &bytes);
}

/// Writes words to `buffer` from its first on.
pub fn write(gpu: &Gpu, buffer: &wgpu::Buffer, words: &[u32]) {
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    gpu.queue.write_buffer(buffer, 0, &bytes);
}
