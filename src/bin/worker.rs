//! Worker entry: starts the session. On a native target there is nothing to start.

#[cfg(target_arch = "wasm32")]
#[path = "../bench/exports.rs"]
mod bench;
#[cfg(target_arch = "wasm32")]
#[path = "../bench/gpu_exports.rs"]
mod bench_gpu;

fn main() {
    #[cfg(target_arch = "wasm32")]
    whittle::worker::start();
}
