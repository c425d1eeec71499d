//! What normalizations compute: channel by channel over all rows, or row by row. Sums are of f64, in order.

use crate::engine::shape::Shape;

/// Added to a variance, as PyTorch does by default: no root of zero divides.
pub const EPSILON: f32 = 1e-5;

/// Channels whose sums are kept at once.
const LANES: usize = 16;

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
    let (c, rows) = (mean.len(), (x.len() / mean.len()) as f64);
    for from in (0..c).step_by(LANES) {
        let lanes = LANES.min(c - from);
        let mut sums = [0.0_f64; LANES];
        for row in x.chunks_exact(c) {
            sums.iter_mut().zip(&row[from..from + lanes]).for_each(|(s, x)| *s += f64::from(*x));
        }
        sums.iter_mut().for_each(|s| *s /= rows);
        let mut squares = [0.0_f64; LANES];
        for row in x.chunks_exact(c) {
            for ((square, mean), x) in squares.iter_mut().zip(&sums).zip(&row[from..from + lanes]) {
                let off = f64::from(*x) - mean;
                *square += off * off;
            }
        }
        for lane in 0..lanes {
            mean[from + lane] = sums[lane] as f32;
            variance[from + lane] = (squares[lane] / rows) as f32;
        }
    }
}

/// `y = γ (x − μ) / σ + β`, channel by channel; `moments` are all means, then all variances.
pub fn apply(x: &[f32], (scale, shift): (&[f32], &[f32]), moments: &[f32], y: &mut [f32]) {
    let c = scale.len();
    let (mean, variance) = moments.split_at(c);
    for from in (0..c).step_by(LANES) {
        let lanes = LANES.min(c - from);
        let mut by = [0.0_f32; LANES];
        for (lane, by) in by[..lanes].iter_mut().enumerate() {
            *by = scale[from + lane] * inverse(variance[from + lane]);
        }
        let (mean, shift) = (&mean[from..from + lanes], &shift[from..from + lanes]);
        for (y, x) in y.chunks_exact_mut(c).zip(x.chunks_exact(c)) {
            let (y, x) = (&mut y[from..from + lanes], &x[from..from + lanes]);
            for ((((y, x), mean), by), shift) in y.iter_mut().zip(x).zip(mean).zip(&by).zip(shift) {
                *y = (x - mean) * by + shift;
            }
        }
    }
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
pub fn backward(back: &Back<'_>, dparams: &mut [f32], mut dx: Option<&mut [f32]>) {
    let c = back.scale.len();
    let rows = (back.x.len() / c) as f64;
    let (mean, variance) = back.moments.split_at(c);
    let (dscale, dshift) = dparams.split_at_mut(c);
    for from in (0..c).step_by(LANES) {
        let lanes = LANES.min(c - from);
        let (mut inverses, mut sums, mut products) = ([0.0_f32; LANES], [0.0_f64; LANES], [0.0_f64; LANES]);
        for (lane, inverse) in inverses[..lanes].iter_mut().enumerate() {
            *inverse = self::inverse(variance[from + lane]);
        }
        let mean = &mean[from..from + lanes];
        for (x, dy) in back.x.chunks_exact(c).zip(back.dy.chunks_exact(c)) {
            for lane in 0..lanes {
                let normal = (x[from + lane] - mean[lane]) * inverses[lane];
                sums[lane] += f64::from(dy[from + lane]);
                products[lane] += f64::from(dy[from + lane]) * f64::from(normal);
            }
        }
        for lane in 0..lanes {
            dscale[from + lane] += products[lane] as f32;
            dshift[from + lane] += sums[lane] as f32;
        }
        let Some(dx) = dx.as_deref_mut() else { continue };
        let (mut sum, mut product) = ([0.0_f32; LANES], [0.0_f32; LANES]);
        if back.own {
            for lane in 0..lanes {
                (sum[lane], product[lane]) = ((sums[lane] / rows) as f32, (products[lane] / rows) as f32);
            }
        }
        for ((dx, x), dy) in dx.chunks_exact_mut(c).zip(back.x.chunks_exact(c)).zip(back.dy.chunks_exact(c)) {
            for lane in 0..lanes {
                let normal = (x[from + lane] - mean[lane]) * inverses[lane];
                let by = back.scale[from + lane] * inverses[lane];
                dx[from + lane] = by * (dy[from + lane] - sum[lane] - normal * product[lane]);
            }
        }
    }
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
