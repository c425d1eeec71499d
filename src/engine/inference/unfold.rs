//! Where the rows of a layer's product come from.

use std::ops::Range;

use crate::{engine::layers::Op, kernels::conv2d::Conv2dShape};

/// The left matrix of a layer's product.
#[derive(Clone, Copy)]
pub enum Rows {
    /// One row per sample, of so many inputs.
    Samples(usize),
    /// One row per output position of a convolution: the patch it sees.
    Patches(Framed),
}

impl Rows {
    /// The rows of `op`, whose matrix has `inputs` rows.
    pub fn new(op: &Op, inputs: usize) -> Self {
        match op {
            Op::Conv2d(shape) => Self::Patches(Framed::new(*shape)),
            _ => Self::Samples(inputs),
        }
    }

    /// Values of one row.
    pub fn inputs(&self) -> usize {
        match self {
            Self::Samples(inputs) => *inputs,
            Self::Patches(framed) => framed.shape.patch(),
        }
    }
}

/// Values beyond the end of images and tiles that copies of a fixed length may touch.
pub const SLACK: usize = 8;

/// A convolution and the size of its image with the zeros around it.
#[derive(Clone, Copy)]
pub struct Framed {
    pub shape: Conv2dShape,
    height: usize,
    width: usize,
}

impl Framed {
    fn new(shape: Conv2dShape) -> Self {
        let edge = |input: usize, output: usize| (input + shape.padding).max((output.max(1) - 1) * shape.stride + shape.kernel);
        Self { shape, height: edge(shape.input.0, shape.output.0), width: edge(shape.input.1, shape.output.1) }
    }

    /// Makes `framed` hold the zeros around an image, with room for the image itself.
    pub fn prepare<T: Copy + Default>(&self, framed: &mut Vec<T>) {
        framed.clear();
        framed.resize(self.height * self.width * self.shape.input.2 + SLACK, T::default());
    }

    /// The same in words of four values, for pixels of whole words.
    pub fn prepare_words(&self, framed: &mut Vec<[i32; 2]>) {
        framed.clear();
        framed.resize(self.height * self.width * self.shape.input.2 / 4, [0; 2]);
    }

    /// Where the words of a patch lie behind its first.
    pub fn offsets(&self, offsets: &mut Vec<usize>) {
        let words = self.shape.input.2 / 4;
        offsets.clear();
        offsets
            .extend((0..self.shape.kernel).flat_map(|ky| (0..self.shape.kernel * words).map(move |word| ky * self.width * words + word)));
    }

    /// The first word of the patch at output position `position`.
    pub fn start(&self, position: usize) -> usize {
        let (y, x) = (position / self.shape.output.1, position % self.shape.output.1);
        (y * self.width + x) * self.shape.stride * (self.shape.input.2 / 4)
    }

    /// Puts image `x` inside its frame, through `convert` row by row.
    pub fn place<T, X>(&self, x: &[X], framed: &mut [T], mut convert: impl FnMut(&[X], &mut [T])) {
        let (_, width, channels) = self.shape.input;
        let (line, framed_line) = (width * channels, self.width * channels);
        let inside = self.shape.padding * (framed_line + channels);
        for (x, y) in x.chunks_exact(line.max(1)).zip(framed[inside..].chunks_mut(framed_line.max(1))) {
            convert(x, &mut y[..line]);
        }
    }

    /// Writes the patches of output positions `positions` to rows of `out`, `stride` apart, in the order `[ky, kx, in]`. Between the
    /// end of a patch and the next row, and in the [`SLACK`] behind the last, anything may be left.
    pub fn unfold<T: Copy>(&self, framed: &[T], positions: Range<usize>, out: &mut [T], stride: usize) {
        if self.shape.kernel * self.shape.input.2 <= 4 {
            self.unfold_by::<T, 4>(framed, positions, out, stride);
        } else {
            self.unfold_by::<T, SLACK>(framed, positions, out, stride);
        }
    }

    /// Copies of a fixed length are single moves, where those of any length are calls; what they write too much, the next one
    /// overwrites.
    fn unfold_by<T: Copy, const STEP: usize>(&self, framed: &[T], positions: Range<usize>, out: &mut [T], stride: usize) {
        let channels = self.shape.input.2;
        let (line, framed_line) = (self.shape.kernel * channels, self.width * channels);
        for (row, position) in positions.enumerate() {
            let (y, x) = (position / self.shape.output.1 * self.shape.stride, position % self.shape.output.1 * self.shape.stride);
            for ky in 0..self.shape.kernel {
                let from = &framed[(y + ky) * framed_line + x * channels..];
                let to = &mut out[row * stride + ky * line..];
                let mut at = 0;
                while at < line {
                    if let (Some(from), Some(to)) = (from[at..].first_chunk::<STEP>(), to[at..].first_chunk_mut::<STEP>()) {
                        *to = *from;
                    }
                    at += STEP;
                }
            }
        }
    }
}
