//! How floats become whole numbers: all that a grid of weights depends on, besides the weights.

use serde::{Deserialize, Serialize};

use super::{Granularity, ranges::Range};

/// A way of making whole numbers of weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scheme {
    /// Bits per weight, 1 to 8.
    pub bits: u32,
    /// Which weights share a step size, and a zero point.
    pub granularity: Granularity,
    /// With a zero point; one bit never has one.
    pub affine: bool,
    /// Up to which weight the levels reach.
    pub range: Range,
}

impl Scheme {
    /// Symmetric, over the range that suits the width.
    #[must_use]
    pub const fn symmetric(bits: u32, granularity: Granularity) -> Self {
        Self { bits, granularity, affine: false, range: Range::Auto }
    }

    /// Whether there is a zero point.
    #[must_use]
    pub const fn has_zero(&self) -> bool {
        self.affine && self.bits > 1
    }

    /// How many step sizes are learnt for a matrix of so many units; none where they are found.
    #[must_use]
    pub fn learned(&self, units: usize) -> usize {
        match (self.range, self.granularity) {
            (Range::Learned, Granularity::Tensor) => 1,
            (Range::Learned, _) => units,
            _ => 0,
        }
    }

    /// Whether it is symmetric, without groups, over the range that suits the width.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        !self.has_zero() && !matches!(self.granularity, Granularity::Group(_)) && self.range == Range::Auto
    }
}
