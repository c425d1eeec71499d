//! Whittle: a playground, in the browser, for making machine-learning models small and fast.
//!
//! Imports point down this list only: [`app`](crate), [`state`] and [`session`], [`protocol`], [`experiment`], [`mod@bench`], [`gpu`],
//! [`engine`], [`kernels`]; everyone may read the engine's lists and plain data.

#[macro_use]
pub mod teach;
#[macro_use]
mod wgsl_text;

#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod app;
pub mod bench;
pub mod engine;
pub mod experiment;
pub mod gpu;
pub mod kernels;
mod order;
pub mod protocol;
pub mod session;
pub mod state;
#[cfg(target_arch = "wasm32")]
mod transfer;
#[cfg(target_arch = "wasm32")]
pub mod worker;

/// What allocates in every module for browsers: two-level segregated fit, which is 2 kB smaller (`gzip`) than the standard library's in each of page and worker.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::GlobalTlsf = rlsf::GlobalTlsf::new();
