//! The bench workloads that infer and compress, for JavaScript, a module of their own: page and worker do not carry them. Those that train are in `bench-train`, those on
//! the GPU in `gpu-engine`.
//! On a native target there is nothing here.

#[cfg(target_arch = "wasm32")]
mod cpu;

fn main() {}
