//! What every fast kernel must do, as data: run natively by `kernels.rs` and in a browser by `wasm_kernels.rs`.

mod attention;
mod codebook;
mod conv;
mod depthwise;
mod elementwise;
mod grouped;
mod matmul;
mod matmul_i8;
mod matmul_low_bit;
mod pool;
mod recurrent;
mod semi_structured;
mod small_floats;
mod spmm;

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
    /// What `hash` gives, in builds that round products and sums one after the other.
    pub expected: u64,
}

/// Every family.
pub const FAMILIES: &[Family] = &[
    matmul::FAMILY,
    conv::FAMILY,
    depthwise::FAMILY,
    matmul_i8::FAMILY,
    matmul_low_bit::FAMILY,
    grouped::FAMILY,
    small_floats::FAMILY,
    codebook::FAMILY,
    semi_structured::FAMILY,
    spmm::FLOATS,
    spmm::INTEGERS,
    pool::FAMILY,
    recurrent::FAMILY,
    elementwise::FAMILY,
    attention::FAMILY,
];

/// How far a sum of `depth` products of up to `largest` may be from its reference: nowhere, unless the build rounds products and sums
/// together; then each of them may be off by half a unit in the last place of a sum.
pub fn rounding(depth: usize, largest: f32) -> f32 {
    if whittle::kernels::lanes::FUSED { f32::EPSILON * depth as f32 * largest } else { 0.0 }
}

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

/// Awkward sizes `(M, N, K)` for packed weights: empty, one, and just below, at and above tiles and words.
pub fn sizes() -> impl Iterator<Item = (usize, usize, usize)> {
    const M: [usize; 8] = [0, 1, 2, 4, 5, 8, 9, 17];
    const N: [usize; 7] = [0, 1, 7, 8, 9, 16, 21];
    const K: [usize; 11] = [0, 1, 2, 3, 7, 8, 15, 31, 32, 33, 67];
    // Deep enough for several stretches of unpacked weights.
    const DEEP: [(usize, usize, usize); 4] = [(8, 9, 127), (9, 8, 129), (12, 11, 300), (3, 8, 260)];
    M.iter().flat_map(|m| N.iter().flat_map(move |n| K.iter().map(move |k| (*m, *n, *k)))).chain(DEEP)
}

/// `n` codes of `bits` bits, all values possible.
pub fn codes(n: usize, bits: u32, seed: u64) -> Vec<i8> {
    let mut rng = Rng::new(seed, 1);
    let max = whittle::engine::quantization::max_code(bits);
    let code = |rng: &mut Rng| if bits == 1 { rng.below(2) as i32 * 2 - 1 } else { rng.below(2 * max as u32 + 1) as i32 - max };
    (0..n).map(|_| code(&mut rng) as i8).collect()
}

/// `n` 8-bit activation codes less a zero point, which is one of the outermost for some seeds.
pub fn activations(n: usize, seed: u64) -> Vec<i16> {
    let mut rng = Rng::new(seed, 2);
    let zero = match seed % 3 {
        0 => -128,
        1 => 127,
        _ => rng.below(256) as i16 - 128,
    };
    (0..n).map(|_| rng.below(256) as i16 - 128 - zero).collect()
}
