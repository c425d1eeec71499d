//! The arithmetic, one folder per operation: `reference.rs` is the slow, obvious loop that *defines* the result; the fast version
//! beside it must agree with it over awkward sizes.

pub mod attention;
pub mod codebook;
pub mod conv2d;
pub mod depthwise;
pub mod elementwise;
pub mod grouped;
pub mod lanes;
pub mod matmul_f32;
pub mod matmul_i8;
pub mod matmul_low_bit;
pub mod panels;
pub mod pool2d;
pub mod recurrent;
pub mod semi_structured;
pub mod small_floats;
pub mod spmm;
pub mod support;
pub mod wgsl;

/// Buffers that kernels reuse from call to call, so that a training step allocates nothing after the first.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Packed panels of the left matrix.
    pub a: Vec<f32>,
    /// Packed panels of the right matrix.
    pub b: Vec<f32>,
    /// Where the values of a convolution's patch lie from its first.
    pub offsets: Vec<usize>,
    /// Whatever a layer needs for the length of one call (unfolded patches, for one).
    pub layer: Vec<f32>,
}

/// What the way back through a layer that goes over positions starts from.
pub struct Back<'a> {
    /// Samples.
    pub batch: usize,
    /// The layer's parameters.
    pub params: &'a [f32],
    /// What came in, sample by sample.
    pub x: &'a [f32],
    /// Gradient by what went out, sample by sample.
    pub dy: &'a [f32],
    /// What forward kept.
    pub kept: &'a [f32],
}
