//! From sums to answers.

use super::codec::invalid;
use crate::engine::artifact::{ArtifactError, reader::Reader};

/// What becomes of the sums of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// The value itself.
    Values = 0,
    /// Two classes from one sum: the logistic function.
    Binary = 1,
    /// Softmax over one sum per class.
    Softmax = 2,
}

impl Link {
    /// For so many classes.
    pub fn classes(count: usize) -> Self {
        if count == 2 { Self::Binary } else { Self::Softmax }
    }

    /// Answers that so many `sums` give.
    pub fn outputs(self, sums: usize) -> usize {
        if self == Self::Binary { 2 } else { sums }
    }

    /// Answers `out` from `sums`, which are used up.
    pub fn apply(self, sums: &mut [f64], out: &mut [f32]) {
        match self {
            Self::Values => out.iter_mut().zip(sums).for_each(|(o, s)| *o = *s as f32),
            Self::Binary => {
                let second = sigmoid(sums[0]);
                out.copy_from_slice(&[(1.0 - second) as f32, second as f32]);
            }
            Self::Softmax => {
                softmax(sums);
                out.iter_mut().zip(sums).for_each(|(o, s)| *o = *s as f32);
            }
        }
    }

    /// Reads its number. Errors: for `sums` that it cannot have.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ArtifactError> {
        match reader.byte("link")? {
            0 => Ok(Self::Values),
            1 => Ok(Self::Binary),
            2 => Ok(Self::Softmax),
            _ => Err(invalid("sums become answers in a way that is not known")),
        }
    }

    /// Whether so many sums make sense.
    pub fn takes(self, sums: usize) -> bool {
        if self == Self::Softmax { sums > 0 } else { sums == 1 }
    }
}

/// Turns sums into shares that add up to 1; the largest sum is taken off first, so that none overflows.
pub(super) fn softmax(sums: &mut [f64]) {
    let most = sums.iter().fold(f64::NEG_INFINITY, |most, s| most.max(*s));
    sums.iter_mut().for_each(|s| *s = libm::exp(*s - most));
    let all: f64 = sums.iter().sum();
    sums.iter_mut().for_each(|s| *s /= all);
}

/// 1 / (1 + e⁻ˢ), which overflows on neither side.
pub(super) fn sigmoid(sum: f64) -> f64 {
    if sum >= 0.0 {
        1.0 / (1.0 + libm::exp(-sum))
    } else {
        let e = libm::exp(sum);
        e / (1.0 + e)
    }
}
