//! The definition of the depthwise convolution.

use crate::kernels::conv2d::Conv2dShape;

/// See [`super::forward`].
pub fn forward(s: &Conv2dShape, batch: usize, x: &[f32], w: &[f32], bias: &[f32], y: &mut [f32]) {
    let channels = s.filters;
    for (i, y) in y[..batch * s.output_len()].iter_mut().enumerate() {
        *y = bias[i % channels];
    }
    each(s, batch, |xi, wi, yi| y[yi] += x[xi] * w[wi]);
}

/// See [`super::backward_weight`].
pub fn backward_weight(s: &Conv2dShape, batch: usize, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    each(s, batch, |xi, wi, yi| dw[wi] += x[xi] * dy[yi]);
}

/// See [`super::backward_input`].
pub fn backward_input(s: &Conv2dShape, batch: usize, w: &[f32], dy: &[f32], dx: &mut [f32]) {
    dx[..batch * s.input_len()].fill(0.0);
    each(s, batch, |xi, wi, yi| dx[xi] += w[wi] * dy[yi]);
}

/// Calls `each(index in x, in w, in y)` for every product: samples and positions in order, at each the places of the kernel row by row.
fn each(s: &Conv2dShape, batch: usize, mut each: impl FnMut(usize, usize, usize)) {
    let (height, width, channels) = s.input;
    for b in 0..batch {
        for (oy, ox) in (0..s.output.0).flat_map(|oy| (0..s.output.1).map(move |ox| (oy, ox))) {
            for place in 0..s.kernel * s.kernel {
                let (y, x) = (oy * s.stride + place / s.kernel, ox * s.stride + place % s.kernel);
                let inside = (s.padding..s.padding + height).contains(&y) && (s.padding..s.padding + width).contains(&x);
                for c in 0..if inside { channels } else { 0 } {
                    let pixel = (b * height + y - s.padding) * width + x - s.padding;
                    let position = (b * s.output.0 + oy) * s.output.1 + ox;
                    each(pixel * channels + c, place * channels + c, position * channels + c);
                }
            }
        }
    }
}
