//! Training and inference on the GPU, through WebGPU.
//!
//! A [`program::Program`] is the plan as plain data: which kernels run in a step, on which buffers. It needs no GPU, so that tests read it
//! everywhere. The rest turns it into pipelines and buffers (`device.rs`), and drives them: parameters, optimizer memory and samples stay on
//! the GPU, a slice of many steps is one submission, and what steps report is read while the next slice runs.

pub mod program;

#[cfg(any(target_arch = "wasm32", feature = "gpu"))]
mod buffers;
#[cfg(any(target_arch = "wasm32", feature = "gpu"))]
pub mod device;
#[cfg(any(target_arch = "wasm32", feature = "gpu"))]
mod dispatch;
#[cfg(any(target_arch = "wasm32", feature = "gpu"))]
pub mod inference;
#[cfg(any(target_arch = "wasm32", feature = "gpu"))]
pub mod product;
#[cfg(any(target_arch = "wasm32", feature = "gpu"))]
mod readback;
#[cfg(any(target_arch = "wasm32", feature = "gpu"))]
pub mod trainer;

#[cfg(any(target_arch = "wasm32", feature = "gpu"))]
pub use readback::Readback;
