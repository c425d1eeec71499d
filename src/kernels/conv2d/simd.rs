//! Convolution in the register tiles of the matrix product, without unfolding patches.
//!
//! With channels contiguous, the values of a patch lie in a zero-padded image where a list of offsets says, the same for every
//! position. So a tile takes some output positions, each with its own start, and runs along the list. The gradient by the weights is the
//! same with rows and columns of the left matrix exchanged, the gradient by the input a convolution of the padded output gradient with the
//! kernel turned by 180°.

use super::{Conv2dShape, grey};
use crate::kernels::{
    Scratch,
    matmul_f32::{
        Mat, Start, pack,
        tile::{self, COLUMNS, ROWS, Runs, Target},
    },
};

/// See [`super::forward`].
pub fn forward(s: &Conv2dShape, batch: usize, x: &[f32], w: &[f32], bias: &[f32], y: &mut [f32], scratch: &mut Scratch) {
    let y = &mut y[..batch * s.output_len()];
    if s.patch() == 0 {
        y.chunks_exact_mut(s.filters.max(1)).for_each(|y| y.copy_from_slice(bias));
    }
    if y.is_empty() || s.patch() == 0 {
        return;
    }
    let Scratch { b, layer, offsets: places, .. } = scratch;
    let frame = Frame::around_input(s);
    frame.clear(layer);
    if grey::suits(s) {
        for (x, y) in x.chunks_exact(s.input_len()).zip(y.chunks_exact_mut(s.output_len())) {
            grey::run(s, frame.fill(x, layer), frame.width, w, bias, y);
        }
        return;
    }
    let panels = pack::packed(Mat::rows(w, s.filters), 0..s.patch(), s.filters, b);
    let offsets = offsets(s.kernel, s.input.2, frame.width, places);
    let start = Start::Row(&bias[..s.filters]);
    let sweep = Sweep { positions: s.output, step: s.stride, offsets, channels: s.input.2, filters: s.filters, start };
    for (x, y) in x.chunks_exact(s.input_len()).zip(y.chunks_exact_mut(s.output_len())) {
        sweep.run(frame.fill(x, layer), frame.width, panels, y);
    }
}

/// See [`super::backward_weight`].
pub fn backward_weight(s: &Conv2dShape, batch: usize, x: &[f32], dy: &[f32], dw: &mut [f32], scratch: &mut Scratch) {
    if s.output_len() == 0 || s.patch() == 0 {
        return;
    }
    let Scratch { b, layer, .. } = scratch;
    let frame = Frame::around_input(s);
    frame.clear(layer);
    let row = s.kernel * s.input.2;
    let step = s.stride * s.input.2;
    let runs = Runs { count: s.output.0, len: s.output.1, stride: step * frame.width };
    for (x, dy) in x.chunks_exact(s.input_len()).zip(dy.chunks_exact(s.output_len())).take(batch) {
        let x = frame.fill(x, layer);
        let panels = pack::packed(Mat::rows(dy, s.filters), 0..s.positions(), s.filters, b);
        for (ky, dw) in dw.chunks_exact_mut(row * s.filters).take(s.kernel).enumerate() {
            let x = &x[ky * frame.width * s.input.2..];
            let mut i = 0;
            while i < row {
                let height = tile::column_height(row - i);
                for panel in pack::panels(s.filters) {
                    let b = panel.values(panels, s.positions());
                    let c = &mut dw[i * s.filters + panel.start..(i + height) * s.filters];
                    let target = Target { c, stride: s.filters, columns: panel.columns, start: Start::Kept };
                    match panel.width {
                        COLUMNS => tile::columns::<2>(&x[i..], height, step, runs, b, target),
                        _ => tile::columns::<1>(&x[i..], height, step, runs, b, target),
                    }
                }
                i += height;
            }
        }
    }
}

/// See [`super::backward_input`].
pub fn backward_input(s: &Conv2dShape, batch: usize, w: &[f32], dy: &[f32], dx: &mut [f32], scratch: &mut Scratch) {
    let dx = &mut dx[..batch * s.input_len()];
    if dx.is_empty() || s.output_len() == 0 || s.kernel == 0 {
        dx.fill(0.0);
        return;
    }
    let Scratch { a: turned, b, layer, offsets: places } = scratch;
    turn(s, w, turned);
    let depth = s.kernel * s.kernel * s.filters;
    let (height, width, channels) = s.input;
    let panels = pack::packed(Mat::rows(turned, channels), 0..depth, channels, b);
    let frame = Frame::around_output(s);
    let offsets = offsets(s.kernel, s.filters, frame.width, places);
    let sweep = Sweep { positions: (height, width), step: 1, offsets, channels: s.filters, filters: channels, start: Start::Zero };
    frame.clear(layer);
    for (dy, dx) in dy.chunks_exact(s.output_len()).zip(dx.chunks_exact_mut(s.input_len().max(1))) {
        sweep.run(frame.fill(dy, layer), frame.width, panels, dx);
    }
}

/// The kernel turned by 180° with inputs and filters exchanged: `turned[ky, kx, F, in] = w[k−1−ky, k−1−kx, in, F]`.
fn turn(s: &Conv2dShape, w: &[f32], turned: &mut Vec<f32>) {
    let (channels, filters) = (s.input.2, s.filters);
    turned.clear();
    turned.resize(s.patch() * filters, 0.0);
    let place = (channels * filters).max(1);
    for (to, from) in turned.chunks_exact_mut(place).zip(w[..s.patch() * filters].chunks_exact(place).rev()) {
        for (c, from) in from.chunks_exact(filters).enumerate() {
            for (to, from) in to[c..].iter_mut().step_by(channels).zip(from) {
                *to = *from;
            }
        }
    }
}

/// One image's worth of positions by all filters.
struct Sweep<'a> {
    /// Rows and columns of positions.
    positions: (usize, usize),
    /// Step between positions.
    step: usize,
    /// Where the values of a patch lie from its first.
    offsets: &'a [usize],
    /// Channels coming in.
    channels: usize,
    /// Channels going out.
    filters: usize,
    /// Where the sums start.
    start: Start<'a>,
}

impl Sweep<'_> {
    /// `image` is padded and `width` positions wide, `panels` the packed weights, `y` `[positions, filters]`.
    fn run(&self, image: &[f32], width: usize, panels: &[f32], y: &mut [f32]) {
        let (mut row, mut column) = (0, 0);
        let mut rest = y;
        while !rest.is_empty() {
            let mut starts = [0; ROWS];
            let height = tile::height(rest.len() / self.filters);
            let (y, behind) = rest.split_at_mut(height * self.filters);
            rest = behind;
            for start in &mut starts[..height] {
                *start = (row * width + column) * self.step * self.channels;
                column += 1;
                if column == self.positions.1 {
                    (row, column) = (row + 1, 0);
                }
            }
            for panel in pack::panels(self.filters) {
                let b = panel.values(panels, self.offsets.len());
                let start = self.start.skip_columns(panel.start);
                let target = Target { c: &mut y[panel.start..], stride: self.filters, columns: panel.columns, start };
                match panel.width {
                    COLUMNS => tile::scattered::<2>(image, &starts[..height], self.offsets, b, target),
                    _ => tile::scattered::<1>(image, &starts[..height], self.offsets, b, target),
                }
            }
        }
    }
}

/// Where the values of a patch of `kernel × kernel × channels` lie from its first, in an image of `width` pixels a row.
fn offsets(kernel: usize, channels: usize, width: usize, offsets: &mut Vec<usize>) -> &[usize] {
    let line = kernel * channels;
    offsets.clear();
    offsets.extend((0..kernel).flat_map(|row| row * width * channels..row * width * channels + line));
    offsets
}

/// How an image is laid into zeros: its values `spread` apart, the first at `offset` (which may lie outside).
struct Frame {
    /// Rows and columns of the image.
    image: (usize, usize),
    channels: usize,
    height: usize,
    width: usize,
    offset: isize,
    spread: usize,
}

impl Frame {
    /// The input with its padding, as far as windows reach.
    fn around_input(s: &Conv2dShape) -> Self {
        let reach = |positions: usize| (positions.max(1) - 1) * s.stride + s.kernel;
        let (image, channels) = ((s.input.0, s.input.1), s.input.2);
        Self { image, channels, height: reach(s.output.0), width: reach(s.output.1), offset: s.padding as isize, spread: 1 }
    }

    /// The output gradient, spread by the stride, so that a kernel of stride 1 meets every position of the input.
    fn around_output(s: &Conv2dShape) -> Self {
        Self {
            image: s.output,
            channels: s.filters,
            height: s.input.0 + s.kernel - 1,
            width: s.input.1 + s.kernel - 1,
            offset: s.kernel as isize - 1 - s.padding as isize,
            spread: s.stride,
        }
    }

    /// Nothing to lay: the image is its own frame.
    fn is_image(&self) -> bool {
        self.offset == 0 && self.spread == 1 && self.width == self.image.1 && self.height <= self.image.0
    }

    /// Makes `buffer` a frame of zeros.
    fn clear(&self, buffer: &mut Vec<f32>) {
        if !self.is_image() {
            buffer.clear();
            buffer.resize(self.height * self.width * self.channels, 0.0);
        }
    }

    /// Lays `image` into the cleared `buffer` (over the one before it) and gives the frame.
    fn fill<'a>(&self, image: &'a [f32], buffer: &'a mut [f32]) -> &'a [f32] {
        if self.is_image() {
            return image;
        }
        let c = self.channels;
        // Where the image's row or column `i` goes, if it lies inside.
        let place = |i: usize, limit: usize| usize::try_from(self.offset + (i * self.spread) as isize).ok().filter(|p| *p < limit);
        for (y, row) in image.chunks_exact(self.image.1 * c).enumerate() {
            let Some(to) = place(y, self.height) else { continue };
            let to = &mut buffer[to * self.width * c..][..self.width * c];
            if let (1, Ok(first)) = (self.spread, usize::try_from(self.offset)) {
                let len = row.len().min(to.len().saturating_sub(first * c));
                to[first.min(self.width) * c..][..len].copy_from_slice(&row[..len]);
                continue;
            }
            for (x, pixel) in row.chunks_exact(c).enumerate() {
                if let Some(x) = place(x, self.width) {
                    to[x * c..][..c].iter_mut().zip(pixel).for_each(|(to, value)| *to = *value);
                }
            }
        }
        buffer
    }
}
