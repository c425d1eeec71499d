//! What runs on the GPU, for JavaScript: training for the page's worker, and the bench workloads. Only this module carries the GPU's kernels
//! and what drives them. On a native target there is nothing here.

#[cfg(target_arch = "wasm32")]
mod bench;
#[cfg(target_arch = "wasm32")]
mod train;

fn main() {}
