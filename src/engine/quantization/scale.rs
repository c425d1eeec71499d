//! Step sizes of symmetric grids.

use wide::f32x8;

use super::{MAGIC, max_code, ranges::Range, round};

/// Step size for `weights` in `bits` bits; 0 where all are zero. `magnitudes` is scratch memory.
pub fn choose(weights: &[f32], bits: u32, range: Range, magnitudes: &mut Vec<f32>) -> f32 {
    let max = weights.iter().fold(0.0_f32, |m, w| m.max(w.abs()));
    if max == 0.0 {
        return 0.0;
    }
    let levels = max_code(bits) as f32;
    match (range, bits) {
        (Range::MinMax, _) => max / levels,
        (Range::Share(share), 2..) => max * share / levels,
        (Range::Percentile(share), _) => {
            magnitudes.clear();
            magnitudes.extend(weights.iter().map(|w| w.abs()));
            let reach = quantile(magnitudes, share);
            // Of mostly pruned weights the quantile may be zero, and a grid has to reach somewhere.
            (if reach > 0.0 { reach } else { max }) / levels
        }
        (Range::Learned, 2..) => 2.0 * mean_magnitude(weights) / levels.sqrt(),
        (Range::AbsMean, 2) | (_, 1) => mean_magnitude(weights),
        (Range::LeastSquares, _) | (Range::Auto, 2) | (_, 3 | 4) => least_squares(weights, max, levels, magnitudes),
        _ => max / levels,
    }
}

/// The value below which a share of `values` lies, between neighbours in proportion (NumPy's `quantile`). Sorts them.
pub fn quantile(values: &mut [f32], share: f32) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    let place = last as f64 * f64::from(share.clamp(0.0, 1.0));
    let (below, part) = (place as usize, place - (place as usize) as f64);
    let (low, high) = (f64::from(values[below]), f64::from(values[last.min(below + 1)]));
    (low + (high - low) * part) as f32
}

/// Codes of `weights`: the nearest step (1 bit: the sign; a weight that is zero stays zero).
pub fn encode(weights: &[f32], scale: f32, bits: u32, codes: &mut [i8]) {
    let max = max_code(bits) as f32;
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    for (code, w) in codes.iter_mut().zip(weights) {
        *code = match bits {
            1 if *w == 0.0 => 0,
            1 if *w < 0.0 => -1,
            1 => 1,
            _ => round((w * inverse).clamp(-max, max)) as i8,
        };
    }
}

/// Mean of the magnitudes of nonzero weights: the scale of signs with the least squared error (Rastegari et al. 2016, XNOR-Net).
fn mean_magnitude(weights: &[f32]) -> f32 {
    let kept = weights.iter().filter(|w| **w != 0.0).count().max(1);
    weights.iter().map(|w| f64::from(w.abs())).sum::<f64>() as f32 / kept as f32
}

/// The step with the least squared error: from each of a grid of steps, by turns "nearest codes for the step" and "least-squares step
/// for the codes", neither of which can raise the error (Lloyd 1982, Least squares quantization in PCM); the best of all is taken.
fn least_squares(weights: &[f32], max: f32, levels: f32, kept: &mut Vec<f32>) -> f32 {
    const GRID: usize = 16;
    const TURNS: usize = 2;
    kept.clear();
    kept.extend(weights.iter().map(|w| w.abs()).filter(|w| *w > 0.0));
    let mut best = (f32::INFINITY, max / levels);
    for i in 0..GRID {
        // From the largest magnitude down to a quarter of it: a bell-shaped sample of millions would still be best within.
        let mut step = max / levels * (1.0 - 0.75 * i as f32 / GRID as f32);
        for _ in 0..=TURNS {
            let (error, refined) = fit(kept, step, levels);
            if error < best.0 {
                best = (error, step);
            }
            step = refined;
        }
    }
    best.1
}

/// Squared error of magnitudes in steps of `step`, and the step that would suit the same codes best. Eight sums side by side.
fn fit(magnitudes: &[f32], step: f32, levels: f32) -> (f32, f32) {
    let (inverse, most, step_of_all) = (f32x8::splat(1.0 / step), f32x8::splat(levels), f32x8::splat(step));
    let magic = f32x8::splat(MAGIC);
    let (mut error, mut product, mut square) = (f32x8::ZERO, f32x8::ZERO, f32x8::ZERO);
    let mut add = |w: f32x8| {
        let code = (w * inverse).fast_min(most);
        let code = (code + magic) - magic;
        let off = w - code * step_of_all;
        error += off * off;
        product += w * code;
        square += code * code;
    };
    let (blocks, rest) = magnitudes.as_chunks::<8>();
    blocks.iter().for_each(|block| add(f32x8::new(*block)));
    if !rest.is_empty() {
        // A zero changes no sum.
        let mut block = [0.0; 8];
        block[..rest.len()].copy_from_slice(rest);
        add(f32x8::new(block));
    }
    let [error, product, square] = [error, product, square].map(|sums| sums.to_array().iter().sum::<f32>());
    (error, if square > 0.0 { product / square } else { step })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    /// The searched step is at least as good as every step of a much finer grid, within a hair.
    #[test]
    fn the_step_has_the_least_error() {
        let mut rng = Rng::new(3, 0);
        for bits in 2..=4 {
            let levels = max_code(bits) as f32;
            for n in [1, 2, 7, 100, 1000] {
                let weights: Vec<f32> = (0..n).map(|_| rng.normal()).collect();
                let magnitudes: Vec<f32> = weights.iter().map(|w| w.abs()).collect();
                let max = magnitudes.iter().fold(0.0_f32, |m, w| m.max(*w));
                let found = fit(&magnitudes, choose(&weights, bits, Range::Auto, &mut Vec::new()), levels).0;
                let best = (1..=2000).map(|i| fit(&magnitudes, max / levels * i as f32 / 2000.0, levels).0).fold(f32::INFINITY, f32::min);
                assert!(found <= best * 1.03 + 1e-6, "{bits} bits, {n} weights: {found} against {best}");
            }
        }
    }
}
