//! What stands in for what is missing (scikit-learn's `SimpleImputer`).

use crate::order;

/// Mean, median or most frequent of the known values; 0 where there are none.
pub(in crate::engine) fn number(known: &[f64], strategy: usize) -> f64 {
    if known.is_empty() {
        return 0.0;
    }
    match strategy {
        0 => known.iter().sum::<f64>() / known.len() as f64,
        1 => median(&order::ascending(known)),
        _ => most_frequent(&order::ascending(known)),
    }
}

/// Of values in order; there is one at least.
pub(super) fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { 0.5 * (sorted[half - 1] + sorted[half]) } else { sorted[half] }
}

/// The smallest of the most frequent; there is one at least.
fn most_frequent(sorted: &[f64]) -> f64 {
    let runs = sorted.chunk_by(|a, b| a == b);
    runs.fold((0, 0.0), |best, run| if run.len() > best.0 { (run.len(), run[0]) } else { best }).1
}

/// The first of the most frequent categories, by how often each comes; `None` where none comes.
pub(super) fn category(counts: &[usize]) -> Option<u32> {
    let best = (0..counts.len()).fold(None, |best: Option<usize>, at| match best {
        Some(b) if counts[b] >= counts[at] => best,
        _ if counts[at] > 0 => Some(at),
        _ => best,
    });
    best.map(|at| at as u32)
}
