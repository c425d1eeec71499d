//! Worker entry: starts the session. On a native target there is nothing to start.

fn main() {
    #[cfg(target_arch = "wasm32")]
    whittle::worker::start();
}
