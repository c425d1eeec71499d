//! The same sums over slices of channels, which the compiler turns into vector instructions.

use std::ops::Range;

use crate::kernels::conv2d::Conv2dShape;

/// See [`super::forward`].
pub fn forward(s: &Conv2dShape, batch: usize, x: &[f32], w: &[f32], bias: &[f32], y: &mut [f32]) {
    let channels = s.filters;
    if channels == 0 {
        return;
    }
    for y in y[..batch * s.output_len()].chunks_exact_mut(channels) {
        y.copy_from_slice(bias);
    }
    each(s, batch, |x_at, w_at, y_at| add_products(&mut y[y_at], &x[x_at], &w[w_at]));
}

/// See [`super::backward_weight`].
pub fn backward_weight(s: &Conv2dShape, batch: usize, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    each(s, batch, |x_at, w_at, y_at| add_products(&mut dw[w_at], &x[x_at], &dy[y_at]));
}

/// See [`super::backward_input`].
pub fn backward_input(s: &Conv2dShape, batch: usize, w: &[f32], dy: &[f32], dx: &mut [f32]) {
    dx[..batch * s.input_len()].fill(0.0);
    each(s, batch, |x_at, w_at, y_at| add_products(&mut dx[x_at], &w[w_at], &dy[y_at]));
}

fn add_products(sums: &mut [f32], a: &[f32], b: &[f32]) {
    for ((s, a), b) in sums.iter_mut().zip(a).zip(b) {
        *s += a * b;
    }
}

/// Calls `each(x, w, y)` with where the channels of a pixel, of a kernel place and of a position lie: samples and positions in order, at
/// each the places of the kernel that are inside the image, row by row.
fn each(s: &Conv2dShape, batch: usize, mut each: impl FnMut(Range<usize>, Range<usize>, Range<usize>)) {
    let (height, width, channels) = s.input;
    // Places of the kernel that lie inside an edge of `n`, for a window that begins `padding` before `at`.
    let inside = |at: usize, n: usize| s.padding.saturating_sub(at)..s.kernel.min((n + s.padding).saturating_sub(at));
    let span = |i: usize| i * channels..(i + 1) * channels;
    for b in 0..batch {
        for oy in 0..s.output.0 {
            let top = oy * s.stride;
            for ox in 0..s.output.1 {
                let left = ox * s.stride;
                let position = (b * s.output.0 + oy) * s.output.1 + ox;
                for ky in inside(top, height) {
                    let row = (b * height + top + ky - s.padding) * width + left;
                    for kx in inside(left, width) {
                        each(span(row + kx - s.padding), span(ky * s.kernel + kx), span(position));
                    }
                }
            }
        }
    }
}
