//! Two-dimensional convolution (a correlation, as everywhere in the field) in 32-bit floats.
//!
//! Images are `[B, height, width, channels]`, channels contiguous; weights `[ky, kx, in, out]`, the filter contiguous, so that a
//! convolution is the matrix product of unfolded patches `[B · positions, kernel² · in]` and weights `[kernel² · in, filters]`.

mod grey;
pub mod reference;
mod simd;

use super::Scratch;

/// Sizes of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Conv2dShape {
    /// Input height, width, channels.
    pub input: (usize, usize, usize),
    /// Output height, width.
    pub output: (usize, usize),
    /// Filters.
    pub filters: usize,
    /// Kernel edge.
    pub kernel: usize,
    /// Step.
    pub stride: usize,
    /// Zeros added before the first row and column, and as many as needed after the last.
    pub padding: usize,
}

impl Conv2dShape {
    /// Values of one input image.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.input.0 * self.input.1 * self.input.2
    }

    /// Output positions of one image.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.output.0 * self.output.1
    }

    /// Values of one output image.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.positions() * self.filters
    }

    /// Weights that reach one output: `kernel² · in`.
    #[must_use]
    pub fn patch(&self) -> usize {
        self.kernel * self.kernel * self.input.2
    }
}

/// `y[B, oh, ow, F] = bias[F] + x ⋆ w`. Shapes: `x[B, h, w, in]`, `w[k, k, in, F]`; `y` is overwritten.
pub fn forward(s: &Conv2dShape, batch: usize, x: &[f32], w: &[f32], bias: &[f32], y: &mut [f32], scratch: &mut Scratch) {
    simd::forward(s, batch, x, w, bias, y, scratch);
}

/// Adds the gradient by the weights to `dw[k, k, in, F]`, given `dy[B, oh, ow, F]`.
pub fn backward_weight(s: &Conv2dShape, batch: usize, x: &[f32], dy: &[f32], dw: &mut [f32], scratch: &mut Scratch) {
    simd::backward_weight(s, batch, x, dy, dw, scratch);
}

/// Overwrites `dx[B, h, w, in]` with the gradient by the input, given `dy[B, oh, ow, F]`.
pub fn backward_input(s: &Conv2dShape, batch: usize, w: &[f32], dy: &[f32], dx: &mut [f32], scratch: &mut Scratch) {
    simd::backward_input(s, batch, w, dy, dx, scratch);
}
