//! The definition of the convolution and of its two gradients: one loop over all products, and what each pass does with one.

use super::Conv2dShape;

/// See [`super::forward`].
pub fn forward(s: &Conv2dShape, batch: usize, x: &[f32], w: &[f32], bias: &[f32], y: &mut [f32]) {
    for (i, y) in y[..batch * s.output_len()].iter_mut().enumerate() {
        *y = bias[i % s.filters];
    }
    products(s, batch, |xi, wi, yi| y[yi] += x[xi] * w[wi]);
}

/// See [`super::backward_weight`].
pub fn backward_weight(s: &Conv2dShape, batch: usize, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    products(s, batch, |xi, wi, yi| dw[wi] += x[xi] * dy[yi]);
}

/// See [`super::backward_input`].
pub fn backward_input(s: &Conv2dShape, batch: usize, w: &[f32], dy: &[f32], dx: &mut [f32]) {
    dx[..batch * s.input_len()].fill(0.0);
    products(s, batch, |xi, wi, yi| dx[xi] += w[wi] * dy[yi]);
}

/// Calls `each(index in x, index in w, index in y)` for every product of the convolution; padding has none.
fn products(s: &Conv2dShape, batch: usize, mut each: impl FnMut(usize, usize, usize)) {
    let (height, width, channels) = s.input;
    for b in 0..batch {
        for (oy, ox) in (0..s.output.0).flat_map(|oy| (0..s.output.1).map(move |ox| (oy, ox))) {
            for (ky, kx) in (0..s.kernel).flat_map(|ky| (0..s.kernel).map(move |kx| (ky, kx))) {
                let (iy, ix) = (oy * s.stride + ky, ox * s.stride + kx);
                if iy < s.padding || ix < s.padding || iy - s.padding >= height || ix - s.padding >= width {
                    continue;
                }
                let pixel = (b * height + iy - s.padding) * width + ix - s.padding;
                for c in 0..channels {
                    for f in 0..s.filters {
                        let weight = ((ky * s.kernel + kx) * channels + c) * s.filters + f;
                        let output = ((b * s.output.0 + oy) * s.output.1 + ox) * s.filters + f;
                        each(pixel * channels + c, weight, output);
                    }
                }
            }
        }
    }
}
