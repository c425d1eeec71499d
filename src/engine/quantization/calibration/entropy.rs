//! The range that keeps most of what the values' distribution says.

use super::{Calibrator, Needs, Seen};
use crate::engine::{catalog::Entry, quantization::ValueRange};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "entropy",
    label: "Entropy (KL divergence)",
    help: teach!(
        "Clips where the distribution of the values loses least information when it is told in as many levels as there are codes: TensorRT's rule. It needs many values to count, and at few bits it clips hard."
    ),
    formula: teach!(r"T = \arg\min_T \sum_i P_T(i) \log \frac{P_T(i)}{Q_T(i)}"),
    source: teach!("Migacz 2017, 8-bit inference with TensorRT (GPU Technology Conference)"),
    params: &[],
    build: |_| Box::new(Entropy),
};

struct Entropy;

/// Bins by which the range grows from one candidate to the next.
const STRIDE: usize = 16;
/// What an empty bin counts, so that no logarithm is infinite: MXNet's and ONNX Runtime's smoothing.
const EMPTY: f64 = 1e-4;

impl Calibrator for Entropy {
    fn needs(&self) -> Needs {
        Needs::Histogram
    }

    fn range(&self, seen: &Seen, bits: u32) -> ValueRange {
        let (histogram, whole) = (&seen.histogram, seen.whole);
        let Some((start, end)) = window(&histogram.counts, 1 << bits, STRIDE) else { return whole };
        ValueRange { min: histogram.edge(start).max(whole.min), max: histogram.edge(end).min(whole.max) }
    }
}

/// First bin of the range, and the first behind it, with the least divergence. Candidates reach equally far from the middle, by whole strides, as far as there
/// are values; `None` without values.
fn window(counts: &[u32], levels: usize, stride: usize) -> Option<(usize, usize)> {
    let first = counts.iter().position(|count| *count > 0)?;
    let behind = counts.iter().rposition(|count| *count > 0)? + 1;
    let middle = counts.len() / 2;
    let clip = |reach: usize| (middle.saturating_sub(reach).max(first.min(middle)), (middle + reach).min(behind.max(middle)));
    let furthest = (middle - first.min(middle)).max(behind.max(middle) - middle);
    let mut best = (f64::INFINITY, clip(furthest));
    let mut reach = furthest;
    loop {
        let (start, end) = clip(reach);
        if end - start >= levels {
            let found = divergence(counts, (start, end), levels);
            if found <= best.0 {
                best = (found, (start, end));
            }
        }
        match reach.checked_sub(stride) {
            Some(less) if less >= levels / 2 => reach = less,
            _ => return Some(best.1),
        }
    }
}

/// Divergence of what `levels` levels tell of the bins of a window from what they hold, those outside counted with the outermost.
fn divergence(counts: &[u32], (start, end): (usize, usize), levels: usize) -> f64 {
    let sum = |counts: &[u32]| counts.iter().map(|count| f64::from(*count)).sum::<f64>();
    let inside = &counts[start..end];
    let (below, above, len) = (sum(&counts[..start]), sum(&counts[end..]), inside.len());
    let mut p: Vec<f64> = inside.iter().map(|count| f64::from(*count)).collect();
    p[0] += below;
    p[len - 1] += above;
    // A level is told evenly to those of its bins that hold something.
    let mut q = vec![0.0; len];
    for level in 0..levels {
        let span = level * len / levels..(level + 1) * len / levels;
        let filled = p[span.clone()].iter().filter(|p| **p > 0.0).count();
        let share = sum(&inside[span.clone()]) / filled.max(1) as f64;
        q[span.clone()].iter_mut().zip(&p[span]).filter(|(_, p)| **p > 0.0).for_each(|(q, _)| *q = share);
    }
    smooth(&mut p);
    smooth(&mut q);
    let (all_p, all_q) = (p.iter().sum::<f64>(), q.iter().sum::<f64>());
    p.iter().zip(&q).map(|(p, q)| p / all_p * libm::log(p / all_p / (q / all_q))).sum()
}

/// Gives empty bins a little, taken from the others.
fn smooth(counts: &mut [f64]) {
    let empty = counts.iter().filter(|count| **count == 0.0).count();
    let less = EMPTY * empty as f64 / (counts.len() - empty).max(1) as f64;
    counts.iter_mut().for_each(|count| *count = if *count == 0.0 { EMPTY } else { (*count - less).max(EMPTY) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{quantization::calibration::BINS, rng::Rng};

    fn counted(values: &[f32]) -> Seen {
        let mut seen = Seen::default();
        seen.note(values, Needs::Histogram);
        seen.begin_counting();
        seen.histogram.count(values);
        seen
    }

    #[test]
    fn an_outlier_is_clipped_and_an_even_distribution_is_not() {
        let mut rng = Rng::new(2, 0);
        let mut values: Vec<f32> = (0..20_000).map(|_| rng.normal()).collect();
        values.push(40.0);
        let range = Entropy.range(&counted(&values), 8);
        assert!(range.max < 20.0 && range.max > 2.0 && range.min < -2.0, "{range:?}");
        let even: Vec<f32> = (0..20_000).map(|_| rng.range(-1.0, 1.0)).collect();
        let range = Entropy.range(&counted(&even), 8);
        assert!(range.max > 0.9 && range.min < -0.9, "{range:?}");
    }

    #[test]
    fn nothing_to_count_is_the_whole_range() {
        assert_eq!(Entropy.range(&counted(&[]), 8), ValueRange::NOTHING);
        assert_eq!(Entropy.range(&counted(&[0.0; 5]), 8), ValueRange { min: 0.0, max: 0.0 });
        assert_eq!(counted(&[0.0, 3.0]).histogram.counts.len(), BINS);
        assert_eq!(Entropy.range(&counted(&[0.0, 3.0]), 8), ValueRange { min: 0.0, max: 3.0 });
    }
}
