//! Ranges of activations, as they are learnt while a network trains.

use serde::{Deserialize, Serialize};

use crate::engine::packed::ActivationScale;

/// What a range gives way to that of a new mini-batch: PyTorch's `averaging_constant`.
const SHARE: f32 = 0.01;

/// Smallest and largest of some values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueRange {
    /// The smallest.
    pub min: f32,
    /// The largest.
    pub max: f32,
}

impl Default for ValueRange {
    fn default() -> Self {
        Self::NOTHING
    }
}

impl ValueRange {
    /// That of no values: the smallest is larger than the largest.
    pub const NOTHING: Self = Self { min: f32::MAX, max: f32::MIN };

    /// Whether it is that of some values.
    #[must_use]
    pub fn is_known(self) -> bool {
        self.min <= self.max
    }

    /// Widens it to hold all of `x`; what is no number is passed over.
    pub fn include(&mut self, x: &[f32]) {
        (self.min, self.max) = x.iter().fold((self.min, self.max), |(min, max), v| (min.min(*v), max.max(*v)));
    }

    /// Moves it a hundredth of the way to the range of the next mini-batch; the first one is taken as it is. What PyTorch's
    /// `MovingAverageMinMaxObserver` does (Jacob et al. 2018, section 3.1).
    pub fn follow(&mut self, batch: Self) {
        self.follow_by(batch, SHARE);
    }

    /// [`ValueRange::follow`] by another share of the way.
    pub fn follow_by(&mut self, batch: Self, share: f32) {
        if !batch.is_known() {
            return;
        }
        if self.is_known() {
            self.min += share * (batch.min - self.min);
            self.max += share * (batch.max - self.max);
        } else {
            *self = batch;
        }
    }

    /// The grid of `bits` bits, 2 to 8, that reaches over it; `None` where nothing is known.
    #[must_use]
    pub fn scale(self, bits: u32) -> Option<ActivationScale> {
        self.is_known().then(|| ActivationScale::over(self.min, self.max, bits))
    }
}
