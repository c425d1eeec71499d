//! Pooling, four channels at a time: a window's result stays in registers and is written once.
//!
//! Windows, and the places within each, come in the order of the reference, so that results are the same bits.

use wide::f32x4;

use super::output;
use crate::kernels::lanes::larger;

/// See [`super::max_forward`].
pub fn max_forward(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, x: &[f32], y: &mut [f32], argmax: &mut [f32]) {
    let (offsets, channels) = (offsets(input, size), input.2);
    windows(input, size, stride, batch, |from, to| {
        let (y, argmax) = (&mut y[to..to + channels], &mut argmax[to..to + channels]);
        let (y4, y1) = y.as_chunks_mut::<4>();
        let (argmax4, argmax1) = argmax.as_chunks_mut::<4>();
        for (i, (y, argmax)) in y4.iter_mut().zip(argmax4).enumerate() {
            let from = from + 4 * i;
            let (mut best, mut at) = (load(x, from), f32x4::ZERO);
            for (place, offset) in offsets.clone() {
                let value = load(x, from + offset);
                let larger = value.simd_gt(best);
                best = larger.select(value, best);
                at = larger.select(f32x4::splat(place as f32), at);
            }
            (*y, *argmax) = (best.to_array(), at.to_array());
        }
        for (i, (y, argmax)) in y1.iter_mut().zip(argmax1).enumerate() {
            let from = from + channels / 4 * 4 + i;
            (*y, *argmax) = (x[from], 0.0);
            for (place, offset) in offsets.clone() {
                if x[from + offset] > *y {
                    (*y, *argmax) = (x[from + offset], place as f32);
                }
            }
        }
    });
}

/// See [`super::max`].
pub fn max(input: (usize, usize, usize), size: usize, stride: usize, rectified: bool, x: &[f32], y: &mut [f32]) {
    match size {
        2 if stride == 2 && input.2.is_multiple_of(4) => max_of_fours(input, rectified, x, y),
        2 => max_of::<2>(input, stride, rectified, x, y),
        3 => max_of::<3>(input, stride, rectified, x, y),
        _ => {
            let batch = x.len() / (input.0 * input.1 * input.2).max(1);
            windows(input, size, stride, batch, |from, to| {
                for (c, y) in y[to..to + input.2].iter_mut().enumerate() {
                    let mut places = offsets(input, size).map(|(_, offset)| x[from + offset + c]);
                    let first = if rectified { Some(0.0) } else { places.next() };
                    *y = places.fold(first.unwrap_or_default(), |best, value| if value > best { value } else { best });
                }
            });
        }
    }
}

/// Windows of two by two that tile the image, the usual ones: slices of one length in step, without a look at any bounds.
fn max_of_fours((height, width, channels): (usize, usize, usize), rectified: bool, x: &[f32], y: &mut [f32]) {
    let (rows, columns, quads) = (height / 2, width / 2, channels / 4);
    if rows * columns * quads == 0 {
        return;
    }
    let (x, y) = (x.as_chunks::<4>().0, y.as_chunks_mut::<4>().0);
    for (x, y) in x.chunks_exact(height * width * quads).zip(y.chunks_exact_mut(rows * columns * quads)) {
        for (x, y) in x.chunks_exact(2 * width * quads).zip(y.chunks_exact_mut(columns * quads)) {
            let (above, below) = x.split_at(width * quads);
            for ((above, below), y) in above.chunks_exact(2 * quads).zip(below.chunks_exact(2 * quads)).zip(y.chunks_exact_mut(quads)) {
                let ((a, b), (c, d)) = (above.split_at(quads), below.split_at(quads));
                for ((((a, b), c), d), y) in a.iter().zip(b).zip(c).zip(d).zip(y) {
                    let first = if rectified { larger(f32x4::ZERO, f32x4::new(*a)) } else { f32x4::new(*a) };
                    *y = [b, c, d].into_iter().fold(first, |best, value| larger(best, f32x4::new(*value))).to_array();
                }
            }
        }
    }
}

/// Windows of a known size: their rows are slices, and places within them constants.
fn max_of<const SIZE: usize>((height, width, channels): (usize, usize, usize), stride: usize, rectified: bool, x: &[f32], y: &mut [f32]) {
    let (rows, columns) = output((height, width, channels), SIZE, stride);
    let line = width * channels;
    if rows * columns * channels == 0 {
        return;
    }
    for (x, y) in x.chunks_exact(height * line).zip(y.chunks_exact_mut(rows * columns * channels)) {
        for (row, y) in y.chunks_exact_mut(columns * channels).enumerate() {
            let x: [&[f32]; SIZE] = std::array::from_fn(|r| &x[(row * stride + r) * line..][..line]);
            if channels.is_multiple_of(4) {
                max_row(x.map(|x| x.as_chunks().0), channels / 4, stride, rectified.then_some(f32x4::ZERO), y.as_chunks_mut().0, larger);
            } else {
                max_row(x, channels, stride, rectified.then_some(0.0), y, |best: f32, value: f32| if value > best { value } else { best });
            }
        }
    }
}

/// One row of windows over values `T` that are compared as `V` (quads of channels as vectors), `channels` a pixel.
#[inline(always)]
fn max_row<const SIZE: usize, T: Copy + Into<V> + From<V>, V: Copy>(
    x: [&[T]; SIZE],
    channels: usize,
    stride: usize,
    floor: Option<V>,
    y: &mut [T],
    larger: impl Fn(V, V) -> V,
) {
    for (column, y) in y.chunks_exact_mut(channels).enumerate() {
        let x = x.map(|x| &x[column * stride * channels..][..SIZE * channels]);
        for (c, y) in y.iter_mut().enumerate() {
            let first = x[0][c].into();
            let mut best = floor.map_or(first, |floor| larger(floor, first));
            for (row, column) in (1..SIZE * SIZE).map(|place| (place / SIZE, place % SIZE)) {
                best = larger(best, x[row][column * channels + c].into());
            }
            *y = best.into();
        }
    }
}

/// See [`super::max_backward`].
pub fn max_backward(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, argmax: &[f32], dy: &[f32], dx: &mut [f32]) {
    let (offsets, channels) = (offsets(input, size), input.2);
    dx[..batch * input.0 * input.1 * channels].fill(0.0);
    windows(input, size, stride, batch, |from, to| {
        let (dy4, dy1) = dy[to..to + channels].as_chunks::<4>();
        let (argmax4, argmax1) = argmax[to..to + channels].as_chunks::<4>();
        for (i, (dy, argmax)) in dy4.iter().zip(argmax4).enumerate() {
            let (dy, argmax) = (f32x4::new(*dy), f32x4::new(*argmax));
            for (place, offset) in offsets.clone() {
                let here = argmax.simd_eq(f32x4::splat(place as f32)).select(dy, f32x4::ZERO);
                add(dx, from + 4 * i + offset, here);
            }
        }
        for (i, (dy, argmax)) in dy1.iter().zip(argmax1).enumerate() {
            for (place, offset) in offsets.clone() {
                if *argmax == place as f32 {
                    dx[from + channels / 4 * 4 + i + offset] += dy;
                }
            }
        }
    });
}

/// See [`super::average_forward`].
pub fn average_forward(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, x: &[f32], y: &mut [f32]) {
    let (offsets, channels, share) = (offsets(input, size), input.2, 1.0 / (size * size) as f32);
    windows(input, size, stride, batch, |from, to| {
        let (y4, y1) = y[to..to + channels].as_chunks_mut::<4>();
        for (i, y) in y4.iter_mut().enumerate() {
            let sum = offsets.clone().skip(1).fold(load(x, from + 4 * i), |sum, (_, offset)| sum + load(x, from + 4 * i + offset));
            *y = (sum * share).to_array();
        }
        for (i, y) in y1.iter_mut().enumerate() {
            let from = from + channels / 4 * 4 + i;
            *y = offsets.clone().skip(1).fold(x[from], |sum, (_, offset)| sum + x[from + offset]) * share;
        }
    });
}

/// See [`super::average_backward`].
pub fn average_backward(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, dy: &[f32], dx: &mut [f32]) {
    let (offsets, channels, share) = (offsets(input, size), input.2, 1.0 / (size * size) as f32);
    dx[..batch * input.0 * input.1 * channels].fill(0.0);
    windows(input, size, stride, batch, |from, to| {
        let (dy4, dy1) = dy[to..to + channels].as_chunks::<4>();
        for (i, dy) in dy4.iter().enumerate() {
            let part = f32x4::new(*dy) * share;
            offsets.clone().for_each(|(_, offset)| add(dx, from + 4 * i + offset, part));
        }
        for (i, dy) in dy1.iter().enumerate() {
            offsets.clone().for_each(|(_, offset)| dx[from + channels / 4 * 4 + i + offset] += dy * share);
        }
    });
}

/// The places of a window, row by row, each with its distance from the window's first value.
fn offsets((_, width, channels): (usize, usize, usize), size: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    (0..size).flat_map(move |row| (0..size).map(move |column| (row * size + column, (row * width + column) * channels)))
}

/// Calls `each(first index in x, first index in y)` for every window, row by row.
fn windows(input: (usize, usize, usize), size: usize, stride: usize, batch: usize, mut each: impl FnMut(usize, usize)) {
    let (height, width, channels) = input;
    let (rows, columns) = output(input, size, stride);
    for b in 0..batch {
        for row in 0..rows {
            for column in 0..columns {
                let from = ((b * height + row * stride) * width + column * stride) * channels;
                each(from, ((b * rows + row) * columns + column) * channels);
            }
        }
    }
}

fn load(x: &[f32], at: usize) -> f32x4 {
    let four = &x[at..at + 4];
    f32x4::new([four[0], four[1], four[2], four[3]])
}

fn add(x: &mut [f32], at: usize, values: f32x4) {
    let sum = load(x, at) + values;
    x[at..at + 4].copy_from_slice(&sum.to_array());
}

/// See [`super::mean_forward`].
pub fn mean_forward(positions: usize, channels: usize, x: &[f32], y: &mut [f32]) {
    let share = 1.0 / positions.max(1) as f32;
    for (x, y) in x.chunks_exact((positions * channels).max(1)).zip(y.chunks_exact_mut(channels.max(1))) {
        y.fill(0.0);
        for x in x.chunks_exact(channels) {
            y.iter_mut().zip(x).for_each(|(y, x)| *y += x);
        }
        y.iter_mut().for_each(|y| *y *= share);
    }
}

/// See [`super::mean_backward`].
pub fn mean_backward(positions: usize, channels: usize, dy: &[f32], dx: &mut [f32]) {
    let share = 1.0 / positions.max(1) as f32;
    for (dx, dy) in dx.chunks_exact_mut((positions * channels).max(1)).zip(dy.chunks_exact(channels.max(1))) {
        for dx in dx.chunks_exact_mut(channels) {
            dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = dy * share);
        }
    }
}
