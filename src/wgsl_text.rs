//! What a catalogue's members are on the GPU, in builds that run it.

/// The WGSL file of a member, beside its Rust file. In the browser only the module that runs on the GPU (feature `gpu`) carries the text; page
/// and worker get an empty one, which they never look at. Natively it is always there, for the tests that read it.
macro_rules! wgsl {
    ($file:literal) => {{
        // A constant, so that what is not used is not in the module.
        const TEXT: &str = if cfg!(any(not(target_arch = "wasm32"), feature = "gpu")) { include_str!($file) } else { "" };
        $crate::kernels::wgsl::Wgsl::new(TEXT)
    }};
}
