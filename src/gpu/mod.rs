//! Training and inference on the GPU, through WebGPU.
//!
//! A [`program::Program`] is all that runs, as plain data: which kernels run in a step, on which buffers. It needs no GPU, so that tests read it
//! everywhere. The rest turns it into pipelines and buffers (`device.rs`), and drives them: parameters, optimizer memory and samples stay on
//! the GPU, a slice of many steps ([`mod@slice`]) is one submission, and what steps report is read while the next slice runs. Whoever trains a run
//! knows [`mod@slice`] alone; the feature `gpu` brings the rest, in the browser as a module of its own (`bin/gpu_engine`).

pub mod program;
pub mod slice;

#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
mod browser;
#[cfg(feature = "gpu")]
mod buffers;
#[cfg(feature = "gpu")]
pub mod calibrate;
#[cfg(feature = "gpu")]
pub mod device;
#[cfg(feature = "gpu")]
mod dispatch;
#[cfg(feature = "gpu")]
pub mod inference;
#[cfg(feature = "gpu")]
pub mod product;
#[cfg(feature = "gpu")]
mod readback;
#[cfg(feature = "gpu")]
pub mod trainer;

#[cfg(feature = "gpu")]
pub use readback::Readback;
