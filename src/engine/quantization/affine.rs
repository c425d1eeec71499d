//! Grids with a zero point: `w ≈ s · (q − z)` with `b`-bit codes `−2^(b−1) … 2^(b−1) − 1`.
//!
//! `z` is a code, so 0 is stored exactly. A layer whose weights lie mostly on one side of 0 gets finer steps than a symmetric grid gives it.

use super::{ranges::Range, round, scale::quantile};

/// A step size and a zero point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Real units per step.
    pub scale: f32,
    /// The code that stands for 0.
    pub zero: i8,
}

impl Grid {
    /// The finest grid of `bits` bits that reaches from `min` to `max` and holds 0.
    #[must_use]
    pub fn over(min: f32, max: f32, bits: u32) -> Self {
        let (min, max, least) = (min.min(0.0), max.max(0.0), lowest(bits));
        let scale = (max - min) / ((1 << bits) - 1) as f32;
        if scale.is_normal() {
            Self { scale, zero: (least - round(min / scale)).clamp(least, -1.0 - least) as i8 }
        } else {
            Self { scale: 0.0, zero: 0 }
        }
    }

    /// The code of `w`: the nearest level, or the outermost.
    #[must_use]
    pub fn code(self, w: f32, bits: u32) -> i8 {
        let inverse = if self.scale > 0.0 { 1.0 / self.scale } else { 0.0 };
        let (zero, least) = (f32::from(self.zero), lowest(bits));
        (round((w * inverse).clamp(least - zero, -1.0 - least - zero)) + zero) as i8
    }

    /// What a code stands for.
    #[must_use]
    pub fn level(self, code: i8) -> f32 {
        f32::from(i16::from(code) - i16::from(self.zero)) * self.scale
    }
}

/// The grid for `weights`. `scratch` is memory.
pub fn choose(weights: &[f32], bits: u32, range: Range, scratch: &mut Vec<f32>) -> Grid {
    let (min, max) = weights.iter().fold((0.0_f32, 0.0_f32), |(min, max), w| (min.min(*w), max.max(*w)));
    match (range, bits) {
        (Range::Percentile(share), _) => {
            scratch.clear();
            scratch.extend_from_slice(weights);
            let tail = (1.0 - share) / 2.0;
            let (low, high) = (quantile(scratch, tail), quantile(scratch, 1.0 - tail));
            if low < 0.0 || high > 0.0 { Grid::over(low, high, bits) } else { Grid::over(min, max, bits) }
        }
        (Range::Share(share), _) => Grid::over(min * share, max * share, bits),
        (Range::LeastSquares, _) | (Range::Auto | Range::AbsMean, ..=4) => least_squares(weights, (min, max), bits),
        _ => Grid::over(min, max, bits),
    }
}

/// The grid with the least squared error among those whose ends are drawn in: both alike first, then each alone.
fn least_squares(weights: &[f32], (min, max): (f32, f32), bits: u32) -> Grid {
    const STEPS: usize = 24;
    let share = |i: usize| 1.0 - 0.75 * i as f32 / STEPS as f32;
    let mut best = (error(weights, Grid::over(min, max, bits), bits), min, max);
    let consider = |best: &mut (f64, f32, f32), low: f32, high: f32| {
        let error = error(weights, Grid::over(low, high, bits), bits);
        if error < best.0 {
            *best = (error, low, high);
        }
    };
    (1..STEPS).for_each(|i| consider(&mut best, min * share(i), max * share(i)));
    for _ in 0..2 {
        let high = best.2;
        (0..STEPS).for_each(|i| consider(&mut best, min * share(i), high));
        let low = best.1;
        (0..STEPS).for_each(|i| consider(&mut best, low, max * share(i)));
    }
    Grid::over(best.1, best.2, bits)
}

fn error(weights: &[f32], grid: Grid, bits: u32) -> f64 {
    weights.iter().map(|w| f64::from(w - grid.level(grid.code(*w, bits))).powi(2)).sum()
}

/// The least code.
fn lowest(bits: u32) -> f32 {
    -((1 << (bits - 1)) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    #[test]
    fn zero_is_a_level_of_every_grid() {
        for bits in 2..=8 {
            for (min, max) in [(-1.0, 1.0), (0.0, 3.0), (-0.1, 5.0), (-5.0, 0.0), (0.5, 0.9), (0.0, 0.0)] {
                let grid = Grid::over(min, max, bits);
                assert_eq!(grid.level(grid.code(0.0, bits)), 0.0, "{bits} bits, {min} to {max}");
                // Ends are reached up to half a step, since 0 has to be a level.
                for end in [min.min(0.0), max.max(0.0)] {
                    assert!((grid.level(grid.code(end, bits)) - end).abs() <= 0.5001 * grid.scale, "{bits} bits, {min} to {max}");
                }
            }
        }
    }

    /// Near the best of a much finer search over both ends.
    #[test]
    fn the_search_finds_nearly_the_least_error() {
        let mut rng = Rng::new(3, 0);
        for bits in 2..=4 {
            for shift in [0.0, 0.7] {
                let weights: Vec<f32> = (0..300).map(|_| rng.normal() + shift).collect();
                let (min, max) = weights.iter().fold((0.0_f32, 0.0_f32), |(min, max), w| (min.min(*w), max.max(*w)));
                let found = error(&weights, choose(&weights, bits, Range::LeastSquares, &mut Vec::new()), bits);
                let ends = (0..60).flat_map(|i| (0..60).map(move |j| (i as f32 / 60.0, j as f32 / 60.0)));
                let best = ends.map(|(a, b)| error(&weights, Grid::over(min * a, max * b, bits), bits)).fold(f64::INFINITY, f64::min);
                assert!(found <= best * 1.15, "{bits} bits, shift {shift}: {found} against {best}");
                assert!(found <= error(&weights, Grid::over(min, max, bits), bits));
            }
        }
    }
}
