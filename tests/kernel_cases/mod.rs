//! What every fast kernel must do, as data: run natively by `kernels.rs` and in a browser by `wasm_kernels.rs`.

mod conv;
mod matmul;

use whittle::engine::rng::Rng;

/// A family of kernels: its name, everything that went wrong over its sizes, and a hash of its results on fixed inputs with the
/// value that every target must give.
pub struct Family {
    /// Folder of the kernel.
    pub name: &'static str,
    /// Compares the fast version with the reference over awkward sizes; one line for each that differs.
    pub failures: fn() -> Vec<String>,
    /// Hash of the bits of its results on fixed inputs.
    pub hash: fn() -> u64,
    /// What `hash` gives.
    pub expected: u64,
}

/// Every family.
pub const FAMILIES: &[Family] = &[matmul::FAMILY, conv::FAMILY];

/// `n` values in [-1, 1), the same for a seed on every target.
pub fn values(n: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed, 0);
    (0..n).map(|_| rng.range(-1.0, 1.0)).collect()
}

/// FNV-1a over the bits of all values, -0 read as 0.
pub fn hash<'a>(values: impl IntoIterator<Item = &'a f32>) -> u64 {
    values
        .into_iter()
        .flat_map(|v| (v + 0.0).to_bits().to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A line about the first place where `got` differs from `wanted` by more than `tolerance` (relative above 1); `None` if nowhere.
pub fn difference(what: &str, got: &[f32], wanted: &[f32], tolerance: f32) -> Option<String> {
    if got.len() != wanted.len() {
        return Some(format!("{what}: {} values instead of {}", got.len(), wanted.len()));
    }
    let near = |g: &f32, w: &f32| g == w || (g - w).abs() <= tolerance * w.abs().max(1.0);
    let at = got.iter().zip(wanted).position(|(g, w)| !near(g, w))?;
    Some(format!("{what}: value {at} is {} instead of {}", got[at], wanted[at]))
}
