//! The definition of pooling.

use super::output;

/// See [`super::max_forward`].
pub fn max_forward(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, x: &[f32], y: &mut [f32], argmax: &mut [f32]) {
    windows(input, size, stride, batch, |place, xi, yi| {
        if place == 0 || x[xi] > y[yi] {
            y[yi] = x[xi];
            argmax[yi] = place as f32;
        }
    });
}

/// See [`super::max_backward`].
pub fn max_backward(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, argmax: &[f32], dy: &[f32], dx: &mut [f32]) {
    dx[..batch * input.0 * input.1 * input.2].fill(0.0);
    windows(input, size, stride, batch, |place, xi, yi| {
        if argmax[yi] == place as f32 {
            dx[xi] += dy[yi];
        }
    });
}

/// See [`super::average_forward`].
pub fn average_forward(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, x: &[f32], y: &mut [f32]) {
    let share = 1.0 / (size * size) as f32;
    windows(input, size, stride, batch, |place, xi, yi| {
        y[yi] = if place == 0 { x[xi] } else { y[yi] + x[xi] };
        if place + 1 == size * size {
            y[yi] *= share;
        }
    });
}

/// See [`super::average_backward`].
pub fn average_backward(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, dy: &[f32], dx: &mut [f32]) {
    let share = 1.0 / (size * size) as f32;
    dx[..batch * input.0 * input.1 * input.2].fill(0.0);
    windows(input, size, stride, batch, |_, xi, yi| dx[xi] += dy[yi] * share);
}

/// See [`super::mean_forward`].
pub fn mean_forward(positions: usize, channels: usize, x: &[f32], y: &mut [f32]) {
    y.fill(0.0);
    for (i, x) in x.iter().enumerate() {
        y[i / (positions * channels) * channels + i % channels] += x;
    }
    y.iter_mut().for_each(|y| *y *= 1.0 / positions as f32);
}

/// See [`super::mean_backward`].
pub fn mean_backward(positions: usize, channels: usize, dy: &[f32], dx: &mut [f32]) {
    for (i, dx) in dx.iter_mut().enumerate() {
        *dx = dy[i / (positions * channels) * channels + i % channels] * (1.0 / positions as f32);
    }
}

/// Calls `each(place in the window, index in x, index in y)` for every place of every window, windows and places row by row.
fn windows(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, mut each: impl FnMut(usize, usize, usize)) {
    let (height, width, channels) = input;
    let (rows, columns) = output(input, size, stride);
    for b in 0..batch {
        for (oy, ox) in (0..rows).flat_map(|oy| (0..columns).map(move |ox| (oy, ox))) {
            for place in 0..size * size {
                let (iy, ix) = (oy * stride + place / size, ox * stride + place % size);
                for c in 0..channels {
                    let from = ((b * height + iy) * width + ix) * channels + c;
                    let to = ((b * rows + oy) * columns + ox) * channels + c;
                    each(place, from, to);
                }
            }
        }
    }
}
