//! Pooling over square windows, without padding: output edge `⌊(input − size) / stride⌋ + 1`. Images are `[B, height, width,
//! channels]`, channels contiguous.

pub mod reference;
mod simd;

/// Output height and width for an input `(height, width, channels)`; 0 where no window fits.
#[must_use]
pub fn output(input: (usize, usize, usize), size: usize, stride: usize) -> (usize, usize) {
    let edge = |n: usize| n.checked_sub(size).map_or(0, |rest| rest / stride + 1);
    (edge(input.0), edge(input.1))
}

/// `y[B, oh, ow, C]` = the largest value of each window; `argmax`, as long as `y`, keeps which place of the window it had (row by
/// row from 0; the first of equals). NaN wins nothing unless it comes first.
pub fn max_forward(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, x: &[f32], y: &mut [f32], argmax: &mut [f32]) {
    simd::max_forward(input, size, stride, batch, x, y, argmax);
}

/// The same without places, for inference; `rectified`: of `max(0, x)`, a ReLU and the pooling behind it in one.
pub fn max(input: (usize, usize, usize), size: usize, stride: usize, rectified: bool, x: &[f32], y: &mut [f32]) {
    simd::max(input, size, stride, rectified, x, y);
}

/// Overwrites `dx[B, h, w, C]`: each gradient `dy[B, oh, ow, C]` goes to the place that `argmax` kept.
pub fn max_backward(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, argmax: &[f32], dy: &[f32], dx: &mut [f32]) {
    simd::max_backward(input, size, stride, batch, argmax, dy, dx);
}

/// `y[B, C]` = the mean of `x[B, positions, C]` over all positions, added up in order.
pub fn mean_forward(positions: usize, channels: usize, x: &[f32], y: &mut [f32]) {
    simd::mean_forward(positions, channels, x, y);
}

/// Overwrites `dx[B, positions, C]`: each gradient `dy[B, C]` is shared equally by all positions.
pub fn mean_backward(positions: usize, channels: usize, dy: &[f32], dx: &mut [f32]) {
    simd::mean_backward(positions, channels, dy, dx);
}

/// `y[B, oh, ow, C]` = the mean of each window.
pub fn average_forward(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, x: &[f32], y: &mut [f32]) {
    simd::average_forward(input, size, stride, batch, x, y);
}

/// Overwrites `dx[B, h, w, C]`: each gradient `dy[B, oh, ow, C]` is shared equally by its window.
pub fn average_backward(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, dy: &[f32], dx: &mut [f32]) {
    simd::average_backward(input, size, stride, batch, dy, dx);
}
