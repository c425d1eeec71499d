//! Columns of numbers brought to one size (scikit-learn's `StandardScaler`, `MinMaxScaler` and `RobustScaler`).

use super::impute::median;
use crate::order;

/// A number becomes `(x − shift) · scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Scaler {
    shift: f64,
    scale: f64,
}

impl Scaler {
    /// Learns from `values` (one at least); a column of equal values keeps its scale.
    pub fn fit(values: &[f64], how: usize) -> Self {
        match how {
            0 => Self::standard(values),
            1 => {
                let (least, most) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
                Self { shift: least, scale: inverse(most - least) }
            }
            2 => {
                let sorted = order::ascending(values);
                Self { shift: median(&sorted), scale: inverse(quantile(&sorted, 0.75) - quantile(&sorted, 0.25)) }
            }
            _ => Self { shift: 0.0, scale: 1.0 },
        }
    }

    /// Mean and standard deviation (of the values themselves, not of what they are drawn from).
    pub fn standard(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
        // The mean of equal values is off by a rounding, which must not pass for a deviation.
        let rounding = n * f64::EPSILON * variance + (n * mean * f64::EPSILON) * (n * mean * f64::EPSILON);
        Self { shift: mean, scale: if variance <= rounding { 1.0 } else { 1.0 / variance.sqrt() } }
    }

    /// A value, scaled.
    pub fn of(&self, value: f64) -> f32 {
        ((value - self.shift) * self.scale) as f32
    }

    /// Shift and scale.
    pub fn pair(&self) -> (f32, f32) {
        (self.shift as f32, self.scale as f32)
    }
}

/// One over a spread; 1 where there is none.
fn inverse(spread: f64) -> f64 {
    if spread > 0.0 { 1.0 / spread } else { 1.0 }
}

/// Between the two values next to the place (NumPy's `linear`).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, rest) = (place as usize, place.fract());
    let next = sorted.get(below + 1).unwrap_or(&sorted[below]);
    sorted[below] + rest * (next - sorted[below])
}
