//! The table as trees see it: column by column, each value as the place of its bin among those of its column.

use crate::engine::learners::{PIECE, Table};

/// Columns in bins. With as many bins as a column has different values nothing is lost: splits between bins are all splits there are.
#[derive(Clone, Debug)]
pub struct Columns {
    pub rows: usize,
    pub features: usize,
    max_bins: usize,
    /// Bin of each value, `[features, rows]`.
    codes: Vec<u16>,
    /// Least and largest value of each bin, per column.
    bins: Vec<Vec<(f32, f32)>>,
}

/// Most bins of a column.
pub const MOST_BINS: usize = 1 << 16;

impl Columns {
    /// None yet: [`Columns::go_on`] makes them. A column with more than `max_bins` values, at most [`MOST_BINS`], gets as many bins of about as many rows each.
    pub fn new(table: &Table, max_bins: usize) -> Self {
        let (rows, features) = (table.rows, table.features);
        Self { rows, features, max_bins: max_bins.clamp(2, MOST_BINS), codes: Vec::new(), bins: Vec::new() }
    }

    /// Makes some more columns. Says whether all are there.
    pub fn go_on(&mut self, table: &Table) -> bool {
        let mut work = 0;
        while self.bins.len() < self.features && work < PIECE / 8 {
            self.column(table);
            work += self.rows;
        }
        self.bins.len() == self.features
    }

    fn column(&mut self, table: &Table) {
        let f = self.bins.len();
        let value = |row: usize| table.inputs[row * self.features + f];
        // Numbers as whole numbers in the same order, the row behind; −0 is 0.
        let key = |row: usize| {
            let bits = (value(row) + 0.0).to_bits();
            let ordered = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
            u64::from(ordered) << 32 | row as u64
        };
        let mut sorted: Vec<u64> = (0..self.rows).map(key).collect();
        sorted.sort_unstable();
        let row = |at: usize| (sorted[at] & 0xFFFF_FFFF) as usize;
        let different = 1 + (1..self.rows).filter(|at| sorted[*at] >> 32 != sorted[at - 1] >> 32).count();
        let from = self.codes.len();
        self.codes.resize(from + self.rows, 0);
        let (mut bins, mut begun): (Vec<(f32, f32)>, usize) = (Vec::new(), 0);
        for at in 0..self.rows {
            let now = value(row(at)) + 0.0;
            let new_value = at == 0 || sorted[at] >> 32 != sorted[at - 1] >> 32;
            // Where there are too many values a bin ends with the first one behind a quantile.
            if new_value && (different <= self.max_bins || at == 0 || self.quantile(at) > begun) {
                bins.push((now, now));
                begun = self.quantile(at);
            }
            if let Some(bin) = bins.last_mut() {
                bin.1 = now;
            }
            self.codes[from + row(at)] = (bins.len() - 1) as u16;
        }
        self.bins.push(bins);
    }

    /// Into which of the quantiles the value at `at` of the sorted column falls.
    fn quantile(&self, at: usize) -> usize {
        at * self.max_bins / self.rows
    }

    /// Bins of the values of column `feature`, by row.
    pub fn codes(&self, feature: usize) -> &[u16] {
        &self.codes[feature * self.rows..(feature + 1) * self.rows]
    }

    /// How many bins column `feature` has.
    pub fn count(&self, feature: usize) -> usize {
        self.bins[feature].len()
    }

    /// Least and largest value of a bin.
    pub fn bin(&self, feature: usize, code: u16) -> (f32, f32) {
        self.bins[feature][usize::from(code)]
    }

    /// The last bin of column `feature` that lies at or below `threshold` as a whole; there is one.
    pub fn below(&self, feature: usize, threshold: f32) -> u16 {
        (self.bins[feature].partition_point(|(_, high)| *high <= threshold).max(1) - 1) as u16
    }

    /// A threshold between two bins: halfway, and below the upper one's values whatever is rounded.
    pub fn between(&self, feature: usize, lower: u16, upper: u16) -> f32 {
        let (low, high) = (self.bin(feature, lower).1, self.bin(feature, upper).0);
        let middle = low / 2.0 + high / 2.0;
        if middle >= high || middle < low { low } else { middle }
    }
}
