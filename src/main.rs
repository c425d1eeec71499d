//! The page's entry: mounts the app. On a native target there is nothing to mount.

#[cfg(target_arch = "wasm32")]
fn main() {
    whittle::app::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}
