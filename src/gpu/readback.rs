//! Numbers on their way back from the GPU.

use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use super::device::{Gpu, GpuError};

/// Buffers that the host can read, to be used again.
pub type Pool = Rc<RefCell<Vec<wgpu::Buffer>>>;

/// Numbers that were asked for: await them, or look whether they are there.
pub struct Readback {
    gpu: Rc<Gpu>,
    staging: wgpu::Buffer,
    pool: Pool,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    done: Option<Result<(), String>>,
    waker: Option<Waker>,
}

/// A free buffer of `pool` with room for `size` bytes, or a new one.
pub fn staging(gpu: &Gpu, pool: &Pool, size: u64) -> wgpu::Buffer {
    let free = pool.borrow().iter().position(|b| b.size() == size);
    free.map(|i| pool.borrow_mut().swap_remove(i)).unwrap_or_else(|| {
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        gpu.device.create_buffer(&wgpu::BufferDescriptor { label: Some("readback"), size, usage, mapped_at_creation: false })
    })
}

impl Readback {
    /// Begins to read `staging`, after the work submitted so far.
    pub(super) fn new(gpu: &Rc<Gpu>, staging: wgpu::Buffer, pool: &Pool) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        staging.map_async(wgpu::MapMode::Read, .., move |result| {
            let mut state = lock(&shared);
            state.done = Some(result.map_err(|e| e.to_string()));
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
        });
        Self { gpu: gpu.clone(), staging, pool: pool.clone(), state }
    }

    /// The numbers, if they have come; `None` while they have not. To be asked until it answers, and not after that.
    pub fn take(&self) -> Option<Result<Vec<f32>, GpuError>> {
        self.gpu.poll();
        if let Err(error) = self.gpu.check() {
            return Some(Err(error));
        }
        let done = lock(&self.state).done.take()?;
        Some(done.map_err(GpuError::Lost).and_then(|()| self.collect()))
    }

    /// Waits for the numbers. In a browser this would wait for ever: await instead.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn wait(self) -> Result<Vec<f32>, GpuError> {
        loop {
            if let Some(result) = self.take() {
                return result;
            }
            // A GPU in software wants the processor for itself.
            std::thread::sleep(std::time::Duration::from_micros(100));
        }
    }

    fn collect(&self) -> Result<Vec<f32>, GpuError> {
        let view = self.staging.get_mapped_range(..).map_err(|e| GpuError::Lost(e.to_string()))?;
        let numbers = view.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        drop(view);
        self.staging.unmap();
        self.pool.borrow_mut().push(self.staging.clone());
        Ok(numbers)
    }
}

impl Future for Readback {
    type Output = Result<Vec<f32>, GpuError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.take() {
            Some(result) => Poll::Ready(result),
            None => {
                lock(&self.state).waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
