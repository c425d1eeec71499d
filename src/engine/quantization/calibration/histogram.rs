//! How often values came, in bins of equal width around 0.

use crate::engine::quantization::ValueRange;

/// Bins of a histogram; even, so that 0 lies between two.
pub const BINS: usize = 4096;

/// Counts over `−reach … reach`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// The largest magnitude; 0 where there was nothing but 0.
    pub reach: f32,
    /// Values in each bin; empty before any was counted.
    pub counts: Vec<u32>,
}

impl Histogram {
    /// Without values, for such that lie in `range`.
    #[must_use]
    pub fn over(range: ValueRange) -> Self {
        let reach = if range.is_known() { range.min.abs().max(range.max.abs()) } else { 0.0 };
        Self { reach, counts: vec![0; BINS] }
    }

    /// Counts values.
    pub fn count(&mut self, values: &[f32]) {
        let (middle, last) = ((self.counts.len() / 2) as f32, self.counts.len().saturating_sub(1));
        let per_unit = middle / self.reach;
        if per_unit.is_finite() && !self.counts.is_empty() {
            // A conversion to whole numbers ends at 0, for NaN too.
            values.iter().for_each(|v| self.counts[((v * per_unit + middle) as usize).min(last)] += 1);
        }
    }

    /// Where bin `at` begins.
    #[must_use]
    pub fn edge(&self, at: usize) -> f32 {
        let middle = (self.counts.len() / 2) as f64;
        ((at as f64 - middle) * f64::from(self.reach) / middle.max(1.0)) as f32
    }

    /// Values in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).sum()
    }
}
