//! The arithmetic, one folder per operation: `reference.rs` is the slow, obvious loop that *defines* the result; the fast version
//! beside it must agree with it over awkward sizes.

pub mod conv2d;
pub mod elementwise;
pub mod matmul_f32;
pub mod matmul_i8;
pub mod matmul_low_bit;
pub mod panels;
pub mod pool2d;
pub mod spmm;

/// Buffers that kernels reuse from call to call, so that a training step allocates nothing after the first.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Packed panels of the left matrix.
    pub a: Vec<f32>,
    /// Packed panels of the right matrix.
    pub b: Vec<f32>,
    /// Whatever a layer needs for the length of one call (unfolded patches, for one).
    pub layer: Vec<f32>,
}

/// Awkward sizes `(M, N, K)` on which kernels are held against their references: empty, one, and just below, at and above tiles.
#[cfg(test)]
fn sizes() -> Vec<(usize, usize, usize)> {
    const M: [usize; 8] = [0, 1, 2, 4, 5, 8, 9, 17];
    const N: [usize; 7] = [0, 1, 7, 8, 9, 16, 21];
    const K: [usize; 10] = [0, 1, 2, 3, 7, 8, 15, 32, 33, 67];
    M.iter().flat_map(|m| N.iter().flat_map(move |n| K.iter().map(move |k| (*m, *n, *k)))).collect()
}
