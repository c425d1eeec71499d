//! The bench workloads that train, and the matrix product, for JavaScript: a module of their own, so that what `bench.html` loads to its first training step is
//! what training takes. On a native target there is nothing here.

#[cfg(target_arch = "wasm32")]
mod cpu;

fn main() {}
