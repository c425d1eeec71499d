//! Calibration: over which range the whole numbers of activations reach, found out on a few training samples.

mod entropy;
mod histogram;
mod minmax;
mod moving_average;
mod mse;
mod percentile;

use super::ValueRange;
use crate::engine::{catalog::catalog, params::Values};
pub use histogram::{BINS, Histogram};

/// Samples that count as one mini-batch.
pub const BATCH: usize = 16;

/// Makes a rule from checked values.
pub type Build = fn(&Values) -> Box<dyn Calibrator>;

catalog! {
    /// Every rule, in the order of the page's menu.
    Build, kind: "calibration", field: "calib", [
        minmax::ENTRY,
        moving_average::ENTRY,
        percentile::ENTRY,
        mse::ENTRY,
        entropy::ENTRY,
    ]
}

/// A rule: the range of what came into a layer.
pub trait Calibrator {
    /// What it has to know.
    fn needs(&self) -> Needs {
        Needs::Whole
    }

    /// The range that a grid of `bits` bits is to reach over; without values, that of nothing but 0.
    fn range(&self, seen: &Seen, bits: u32) -> ValueRange;
}

/// What a rule has to know of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Needs {
    /// The smallest and the largest.
    Whole,
    /// The same of each mini-batch, of which the range follows the next one by this share.
    Batches(f32),
    /// How often which came: they are looked at a second time.
    Histogram,
}

/// What is known of the values that came into a layer.
#[derive(Clone, Debug)]
pub struct Seen {
    /// From the smallest to the largest.
    pub whole: ValueRange,
    /// The same, mini-batch after mini-batch.
    pub moving: ValueRange,
    /// How often which came.
    pub histogram: Histogram,
}

impl Default for Seen {
    fn default() -> Self {
        Self { whole: ValueRange::NOTHING, moving: ValueRange::NOTHING, histogram: Histogram::default() }
    }
}

impl Seen {
    /// Notes the values of a mini-batch.
    pub fn note(&mut self, values: &[f32], needs: Needs) {
        let mut batch = ValueRange::NOTHING;
        batch.include(values);
        if batch.is_known() {
            self.whole.include(&[batch.min, batch.max]);
        }
        if let Needs::Batches(share) = needs {
            self.moving.follow_by(batch, share);
        }
    }

    /// Begins to look at the values again, counting them.
    pub fn begin_counting(&mut self) {
        self.histogram = Histogram::over(self.whole);
    }
}
