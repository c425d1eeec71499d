//! The bench workloads for JavaScript, a module of their own: page and worker do not carry them. Those on the GPU are in `gpu-engine`.
//! On a native target there is nothing here.

#[cfg(target_arch = "wasm32")]
mod cpu;

fn main() {}
