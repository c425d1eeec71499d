//! The whole range.

use super::{Calibrator, Seen};
use crate::engine::{catalog::Entry, quantization::ValueRange};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "minmax",
    label: "Min-max",
    help: teach!(
        "From the smallest value to the largest, so that nothing is clipped. A single outlier among the samples makes all steps coarser, which 8 bits mostly bear and 4 do not."
    ),
    formula: teach!(r"s = \frac{\max x - \min x}{2^b - 1}"),
    source: teach!("Jacob et al. 2018, Quantization and training of neural networks for efficient integer-arithmetic-only inference"),
    params: &[],
    build: |_| Box::new(MinMax),
};

struct MinMax;

impl Calibrator for MinMax {
    fn range(&self, seen: &Seen, _: u32) -> ValueRange {
        seen.whole
    }
}
