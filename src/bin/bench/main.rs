//! The bench workloads for JavaScript, a module of their own: page and worker do not carry them, nor the GPU that they time.
//! On a native target there is nothing here; `cargo bench` times the same workloads.

#[cfg(target_arch = "wasm32")]
mod cpu;
#[cfg(target_arch = "wasm32")]
mod gpu;

fn main() {}
