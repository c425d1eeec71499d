//! Where the rows of a layer's product come from.

use std::ops::Range;

use crate::{engine::layers::Op, kernels::conv2d::Conv2dShape};

/// The left matrix of a layer's product.
#[derive(Clone, Copy)]
pub enum Rows {
    /// One row per sample, of so many inputs.
    Samples(usize),
    /// One row per output position of a convolution: the patch it sees.
    Patches(Conv2dShape),
}

impl Rows {
    /// The rows of `op`, whose matrix has `inputs` rows.
    pub fn new(op: &Op, inputs: usize) -> Self {
        match op {
            Op::Conv2d(shape) => Self::Patches(*shape),
            _ => Self::Samples(inputs),
        }
    }

    /// Values of one row.
    pub fn inputs(&self) -> usize {
        match self {
            Self::Samples(inputs) => *inputs,
            Self::Patches(shape) => shape.patch(),
        }
    }
}

/// Writes the patches of output positions `positions` of one image `x[h, w, in]` to rows of `out`, `stride` apart, in the order
/// `[ky, kx, in]`. What lies outside the image is zero; what lies between the end of a patch and the next row is left alone.
pub fn unfold<T: Copy + Default>(s: &Conv2dShape, x: &[T], positions: Range<usize>, out: &mut [T], stride: usize) {
    let (height, width, channels) = s.input;
    let line = s.kernel * channels;
    for (position, out) in positions.zip(out.chunks_exact_mut(stride.max(1))) {
        let (top, left) = ((position / s.output.1) * s.stride, (position % s.output.1) * s.stride);
        // Columns of the patch that lie inside the image.
        let from = s.padding.saturating_sub(left).min(s.kernel);
        let to = (width + s.padding).saturating_sub(left).min(s.kernel).max(from);
        for (ky, out) in out.chunks_exact_mut(line.max(1)).take(s.kernel).enumerate() {
            let y = top + ky;
            if y < s.padding || y - s.padding >= height {
                out.fill(T::default());
                continue;
            }
            let start = ((y - s.padding) * width + left + from).saturating_sub(s.padding) * channels;
            let inside = (to - from) * channels;
            out[..from * channels].fill(T::default());
            out[from * channels..to * channels].copy_from_slice(&x[start..start + inside]);
            out[to * channels..].fill(T::default());
        }
    }
}
