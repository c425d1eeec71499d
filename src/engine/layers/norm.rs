//! What normalizations compute: channel by channel over all rows, or row by row. Sums are of f64, in order.

use crate::engine::shape::Shape;

/// Added to a variance, as PyTorch does by default: no root of zero divides.
pub const EPSILON: f32 = 1e-5;

/// Something done to some channels side by side, as many as vectors hold; each channel by itself, so that the number makes no difference.
trait Strip {
    /// Channels `from..from + L`.
    fn run<const L: usize>(&mut self, from: usize);
}

/// Goes over `channels` channels.
fn strips(channels: usize, strip: &mut impl Strip) {
    let mut from = 0;
    while from < channels {
        match channels - from {
            16.. => strip.run::<16>(from),
            8.. => strip.run::<8>(from),
            4.. => strip.run::<4>(from),
            _ => strip.run::<1>(from),
        }
        from += match channels - from {
            16.. => 16,
            8.. => 8,
            4.. => 4,
            _ => 1,
        };
    }
}

/// `L` values of a row from the channel `from` on; zeros where it has fewer.
#[inline(always)]
fn take<const L: usize>(row: &[f32], from: usize) -> [f32; L] {
    row.get(from..).and_then(|row| row.first_chunk()).copied().unwrap_or([0.0; L])
}

#[inline(always)]
fn put<const L: usize>(row: &mut [f32], from: usize, values: [f32; L]) {
    if let Some(to) = row.get_mut(from..).and_then(|row| row.first_chunk_mut()) {
        *to = values;
    }
}

/// The innermost dimension of `input`: channels of an image, units of a row.
pub fn channels(input: &Shape) -> usize {
    input.0.last().copied().unwrap_or(1).max(1)
}

/// One over the standard deviation.
pub fn inverse(variance: f32) -> f32 {
    1.0 / (variance + EPSILON).sqrt()
}

/// Mean and variance (by the number of rows) of each channel of `x`, rows of as many values as `mean` has.
pub fn moments(x: &[f32], mean: &mut [f32], variance: &mut [f32]) {
    struct Moments<'a>(&'a [f32], &'a mut [f32], &'a mut [f32]);
    impl Strip for Moments<'_> {
        fn run<const L: usize>(&mut self, from: usize) {
            let Self(x, mean, variance) = self;
            let rows = (x.len() / mean.len()) as f64;
            let mut sums = [0.0_f64; L];
            for row in x.chunks_exact(mean.len()) {
                let row = take::<L>(row, from);
                sums.iter_mut().zip(row).for_each(|(s, x)| *s += f64::from(x));
            }
            let means = sums.map(|s| s / rows);
            let mut squares = [0.0_f64; L];
            for row in x.chunks_exact(mean.len()) {
                let row = take::<L>(row, from);
                for ((square, mean), x) in squares.iter_mut().zip(means).zip(row) {
                    let off = f64::from(x) - mean;
                    *square += off * off;
                }
            }
            put(mean, from, means.map(|m| m as f32));
            put(variance, from, squares.map(|s| (s / rows) as f32));
        }
    }
    let channels = mean.len();
    strips(channels, &mut Moments(x, mean, variance));
}

/// `y = γ (x − μ) / σ + β`, channel by channel; `moments` are all means, then all variances.
pub fn apply(x: &[f32], (scale, shift): (&[f32], &[f32]), moments: &[f32], y: &mut [f32]) {
    struct Apply<'a>(&'a [f32], [&'a [f32]; 3], &'a mut [f32]);
    impl Strip for Apply<'_> {
        fn run<const L: usize>(&mut self, from: usize) {
            let Self(x, [scale, shift, moments], y) = self;
            let c = scale.len();
            let (mean, shift) = (take::<L>(moments, from), take::<L>(shift, from));
            let mut by = take::<L>(scale, from);
            by.iter_mut().zip(take::<L>(moments, c + from)).for_each(|(by, variance)| *by *= inverse(variance));
            for (y, x) in y.chunks_exact_mut(c).zip(x.chunks_exact(c)) {
                let mut values = take::<L>(x, from);
                for (((x, mean), by), shift) in values.iter_mut().zip(mean).zip(by).zip(shift) {
                    *x = (*x - mean) * by + shift;
                }
                put(y, from, values);
            }
        }
    }
    strips(scale.len(), &mut Apply(x, [scale, shift, moments], y));
}

/// What the way back starts from.
pub struct Back<'a> {
    /// Input, rows of channels.
    pub x: &'a [f32],
    /// Gradient by the output.
    pub dy: &'a [f32],
    /// `γ`.
    pub scale: &'a [f32],
    /// All means, then all variances.
    pub moments: &'a [f32],
    /// They are those of `x`, which moves them.
    pub own: bool,
}

/// Adds the gradients by `γ` and `β` to `dparams`, one behind the other, and overwrites `dx`.
pub fn backward(back: &Back<'_>, dparams: &mut [f32], dx: Option<&mut [f32]>) {
    struct Backward<'a>(&'a Back<'a>, &'a mut [f32], Option<&'a mut [f32]>);
    impl Strip for Backward<'_> {
        fn run<const L: usize>(&mut self, from: usize) {
            let Self(back, dparams, dx) = self;
            let c = back.scale.len();
            let rows = (back.x.len() / c) as f64;
            let (mean, inverses) = (take::<L>(back.moments, from), take::<L>(back.moments, c + from).map(inverse));
            let (mut sums, mut products) = ([0.0_f64; L], [0.0_f64; L]);
            for (x, dy) in back.x.chunks_exact(c).zip(back.dy.chunks_exact(c)) {
                let (x, dy) = (take::<L>(x, from), take::<L>(dy, from));
                for lane in 0..L {
                    let normal = (x[lane] - mean[lane]) * inverses[lane];
                    sums[lane] += f64::from(dy[lane]);
                    products[lane] += f64::from(dy[lane]) * f64::from(normal);
                }
            }
            for lane in 0..L {
                dparams[from + lane] += products[lane] as f32;
                dparams[c + from + lane] += sums[lane] as f32;
            }
            let Some(dx) = dx else { return };
            // Moments that are not the mini-batch's own do not move with it.
            let share = |sum: f64| if back.own { (sum / rows) as f32 } else { 0.0 };
            let (sum, product) = (sums.map(share), products.map(share));
            let mut by = take::<L>(back.scale, from);
            by.iter_mut().zip(inverses).for_each(|(by, inverse)| *by *= inverse);
            for ((dx, x), dy) in dx.chunks_exact_mut(c).zip(back.x.chunks_exact(c)).zip(back.dy.chunks_exact(c)) {
                let (x, mut d) = (take::<L>(x, from), take::<L>(dy, from));
                for lane in 0..L {
                    let normal = (x[lane] - mean[lane]) * inverses[lane];
                    d[lane] = by[lane] * (d[lane] - sum[lane] - normal * product[lane]);
                }
                put(dx, from, d);
            }
        }
    }
    strips(back.scale.len(), &mut Backward(back, dparams, dx));
}

/// Mean of a row, and one over its standard deviation.
pub fn of_row(row: &[f32]) -> (f32, f32) {
    let count = row.len().max(1) as f64;
    let mean = row.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
    let variance = row.iter().map(|x| (f64::from(*x) - mean) * (f64::from(*x) - mean)).sum::<f64>() / count;
    (mean as f32, inverse(variance as f32))
}

/// Layer normalization: each row of `x` to mean 0 and variance 1, then `γ` and `β` of its channels.
pub fn rows(x: &[f32], scale: &[f32], shift: &[f32], y: &mut [f32]) {
    let c = scale.len();
    for (x, y) in x.chunks_exact(c).zip(y.chunks_exact_mut(c)) {
        let (mean, inverse) = of_row(x);
        for (((y, x), scale), shift) in y.iter_mut().zip(x).zip(scale).zip(shift) {
            *y = (x - mean) * inverse * scale + shift;
        }
    }
}
