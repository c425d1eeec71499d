//! Depthwise convolution in 32-bit floats: every channel has one filter of its own, and channels do not mix.
//!
//! Images are `[B, height, width, C]`, channels contiguous; weights `[ky, kx, C]`. Every sum starts at the bias (or at what is there) and
//! takes its products in rising order of kernel place (or of sample and position), one after the other: fast version and plain loop
//! give the same bits.

pub mod reference;
mod simd;

use super::conv2d::Conv2dShape;

/// `y[B, oh, ow, C] = bias[C] + x ⋆ w`, channel by channel. Shapes: `x[B, h, w, C]`, `w[k, k, C]`, `s.filters = C`; `y` is overwritten.
pub fn forward(s: &Conv2dShape, batch: usize, x: &[f32], w: &[f32], bias: &[f32], y: &mut [f32]) {
    simd::forward(s, batch, x, w, bias, y);
}

/// Adds the gradient by the weights to `dw[k, k, C]`, given `dy[B, oh, ow, C]`.
pub fn backward_weight(s: &Conv2dShape, batch: usize, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    simd::backward_weight(s, batch, x, dy, dw);
}

/// Overwrites `dx[B, h, w, C]` with the gradient by the input, given `dy[B, oh, ow, C]`.
pub fn backward_input(s: &Conv2dShape, batch: usize, w: &[f32], dy: &[f32], dx: &mut [f32]) {
    simd::backward_input(s, batch, w, dy, dx);
}
