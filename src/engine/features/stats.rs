//! Figures of a column.

use crate::order;

/// Mean of one value at least.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean and variance of the values themselves; a variance that is but rounding is 0.
pub(super) fn moments(values: &[f64]) -> (f64, f64) {
    let (n, mean) = (values.len() as f64, mean(values));
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    // The mean of equal values is off by a rounding, which must not pass for a deviation.
    let rounding = n * f64::EPSILON * variance + (n * mean * f64::EPSILON) * (n * mean * f64::EPSILON);
    (mean, if variance <= rounding { 0.0 } else { variance })
}

/// Quantile at `share` of values in order, between the two next to the place (NumPy's `linear`).
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, rest) = (place as usize, place.fract());
    let next = sorted.get(below + 1).unwrap_or(&sorted[below]);
    // From the nearer of the two, so that it never passes the other.
    if rest < 0.5 { sorted[below] + rest * (next - sorted[below]) } else { next - (1.0 - rest) * (next - sorted[below]) }
}

/// Edges between up to `bins` bins of about equally many values, the outermost two left out; bins that would hold nothing are joined with their neighbour.
pub(super) fn quantile_edges(values: &[f64], bins: usize) -> Vec<f64> {
    let sorted = order::ascending(values);
    let mut edges: Vec<f64> = Vec::with_capacity(bins);
    for i in 0..=bins {
        // Percentiles, as scikit-learn takes them: an edge that a value lies on to the last bit falls to the same side.
        let edge = quantile(&sorted, i as f64 * (100.0 / bins as f64) / 100.0);
        if edges.last().is_none_or(|last| edge - last > 1e-8) {
            edges.push(edge);
        }
    }
    edges.pop();
    edges.drain(..1.min(edges.len()));
    edges
}

/// The bin of a value between `edges`, from 0.
pub(super) fn bin(edges: &[f64], value: f64) -> usize {
    edges.iter().take_while(|edge| value >= **edge).count()
}
