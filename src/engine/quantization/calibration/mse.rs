//! The range with the least squared error.

use super::{Calibrator, Histogram, Needs, Seen};
use crate::engine::{catalog::Entry, packed::ActivationScale, quantization::ValueRange};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "mse",
    label: "Least squared error",
    help: teach!(
        "Searches both ends of the range for the least squared difference between values and what they are rounded to, on a histogram. It clips rare large values to store the many small ones finely, which pays most at 4 bits and fewer."
    ),
    formula: teach!(r"r = \arg\min_{r} \sum_i \left( x_i - \hat x_i(r) \right)^2"),
    source: teach!("Banner, Nahshan & Soudry 2019, Post training 4-bit quantization of convolutional networks for rapid-deployment"),
    params: &[],
    build: |_| Box::new(LeastSquares),
};

struct LeastSquares;

/// Places tried for each end, in each of two rounds.
const STEPS: usize = 16;

impl Calibrator for LeastSquares {
    fn needs(&self) -> Needs {
        Needs::Histogram
    }

    fn range(&self, seen: &Seen, bits: u32) -> ValueRange {
        let (min, max) = (seen.whole.min.min(0.0), seen.whole.max.max(0.0));
        if !seen.whole.is_known() || seen.histogram.total() == 0 {
            return seen.whole;
        }
        let filled = filled(&seen.histogram);
        // The whole range is tried first, so none that is taken is worse; the second round looks between the neighbours of the best.
        let mut best = (error(&filled, (min, max), bits), 1.0, 1.0);
        for reach in [0.5, 1.0 / STEPS as f32] {
            let (low, high) = if reach == 0.5 { (0.5, 0.5) } else { (best.1, best.2) };
            for low in places(low, reach, min) {
                for high in places(high, reach, max) {
                    let error = error(&filled, (min * low, max * high), bits);
                    if error < best.0 {
                        best = (error, low, high);
                    }
                }
            }
        }
        ValueRange { min: min * best.1, max: max * best.2 }
    }
}

/// Shares of an end of the range, within `reach` of `middle`; one where the end is 0 anyway.
fn places(middle: f32, reach: f32, end: f32) -> impl Iterator<Item = f32> {
    let steps = if end == 0.0 { 0 } else { STEPS };
    (0..=steps).map(move |i| (middle - reach + 2.0 * reach * i as f32 / STEPS as f32).clamp(0.0, 1.0))
}

/// Middle and count of the bins that are not empty.
fn filled(histogram: &Histogram) -> Vec<(f32, f32)> {
    let bins = histogram.counts.iter().enumerate().filter(|(_, count)| **count > 0);
    bins.map(|(at, count)| ((histogram.edge(at) + histogram.edge(at + 1)) / 2.0, *count as f32)).collect()
}

/// Squared error of a grid over a range.
fn error(bins: &[(f32, f32)], (min, max): (f32, f32), bits: u32) -> f64 {
    let scale = ActivationScale::over(min, max, bits);
    let ((low, high), inverse) = (scale.ends(), 1.0 / scale.scale);
    let off = |x: f32| x - crate::engine::quantization::round((x * inverse).clamp(low, high)) * scale.scale;
    bins.iter().map(|(x, count)| f64::from(off(*x).powi(2) * count)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    /// Near the best of a search that tries every hundredth of both ends.
    #[test]
    fn the_range_has_nearly_the_least_error() {
        let mut rng = Rng::new(5, 0);
        for (bits, shift, rectified) in [(2, 0.0, false), (4, 0.5, false), (4, 0.0, true), (3, -1.0, false), (8, 0.0, true)] {
            let values: Vec<f32> = (0..3000).map(|_| rng.normal() + shift).map(|x| if rectified { x.max(0.0) } else { x }).collect();
            let mut seen = Seen::default();
            seen.note(&values, Needs::Histogram);
            seen.begin_counting();
            seen.histogram.count(&values);
            let range = LeastSquares.range(&seen, bits);
            let bins: Vec<_> = values.iter().map(|v| (*v, 1.0)).collect();
            let (min, max) = (seen.whole.min.min(0.0), seen.whole.max.max(0.0));
            let ends = (0..100).flat_map(|i| (0..100).map(move |j| (min * i as f32 / 100.0, max * j as f32 / 100.0)));
            let best = ends.map(|ends| error(&bins, ends, bits)).fold(error(&bins, (min, max), bits), f64::min);
            let found = error(&bins, (range.min, range.max), bits);
            assert!(found <= best * 1.05, "{bits} bits, shift {shift}: {found} against {best}");
        }
    }
}
