//! A range that follows those of mini-batches.

use super::{Calibrator, Needs, Seen};
use crate::engine::{catalog::Entry, params::ParamSpec, quantization::ValueRange};

const SHARE: ParamSpec = ParamSpec {
    key: "share",
    label: "Averaging constant c",
    range: (0.01, 1.0),
    default: 0.1,
    help: teach!(
        "How far the range goes towards that of the next mini-batch of 16 samples. 1 takes the last one alone; small shares stay near the first unless there are many samples."
    ),
    formula: teach!(r"r_t = (1 - c)\, r_{t-1} + c\, \hat r_t"),
    ..ParamSpec::NEW
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "moving-average",
    label: "Moving average of min-max",
    help: teach!(
        "Averages the smallest and largest values of mini-batches, so that a single outlier counts little. What lies beyond the average is clipped, also where it carries the answer."
    ),
    formula: teach!(r"\max_t = (1 - c)\, \max_{t-1} + c \max_{x \in \mathcal{B}_t} x"),
    source: teach!(
        "Jacob et al. 2018, Quantization and training of neural networks for efficient integer-arithmetic-only inference, section 3.1"
    ),
    params: &[SHARE],
    build: |values| Box::new(MovingAverage { share: values.f32(&SHARE) }),
};

struct MovingAverage {
    share: f32,
}

impl Calibrator for MovingAverage {
    fn needs(&self) -> Needs {
        Needs::Batches(self.share)
    }

    fn range(&self, seen: &Seen, _: u32) -> ValueRange {
        seen.moving
    }
}
