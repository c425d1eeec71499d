//! The levels to which weights are rounded.

use super::super::{max_code, round};

/// Step sizes and zero points of a matrix.
#[derive(Clone, Copy, Debug)]
pub struct Grid<'a> {
    /// Bits of a code, 1 to 8. One bit is a sign.
    pub bits: u32,
    /// Inputs that share a step size; 0 where all of a unit do.
    pub group: usize,
    /// Groups of a unit, at least 1.
    pub groups: usize,
    /// One for the matrix, one per unit, or `[N, groups]`; at least one.
    pub scales: &'a [f32],
    /// The codes of 0, as many as step sizes; empty where all are 0.
    pub zeros: &'a [i8],
}

/// The levels of one weight: `scale · steps`, with whole `steps` from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Real units per step; 0 where all weights that share it are zero.
    pub scale: f32,
    /// Least number of steps from 0.
    pub low: f32,
    /// Largest.
    pub high: f32,
    /// The code of 0.
    pub zero: f32,
    /// Whether there are two levels and none of them is 0.
    pub sign: bool,
}

impl<'a> Grid<'a> {
    /// The levels of unit `n`'s input `k`.
    #[must_use]
    pub fn at(&self, n: usize, k: usize) -> Level {
        let place = match (self.scales.len(), self.group) {
            (..=1, _) => 0,
            (_, 0) => n,
            (_, group) => n * self.groups + k / group,
        };
        let scale = self.scales.get(place).copied().unwrap_or(0.0);
        let most = max_code(self.bits) as f32;
        match self.zeros.get(place) {
            Some(zero) => {
                let (half, zero) = (f32::from(1_u8 << (self.bits - 1)), f32::from(*zero));
                Level { scale, low: -half - zero, high: half - 1.0 - zero, zero, sign: false }
            }
            None => Level { scale, low: -most, high: most, zero: 0.0, sign: self.bits == 1 },
        }
    }

    /// The grid of unit `n` alone.
    #[must_use]
    pub fn unit(&self, n: usize) -> Self {
        let own = |len: usize| if len <= 1 { 0..len } else { n * self.groups..(n + 1) * self.groups };
        Grid { scales: &self.scales[own(self.scales.len())], zeros: &self.zeros[own(self.zeros.len())], ..*self }
    }
}

impl Level {
    /// Steps to the level that is nearest to `w`; a sign has no 0.
    #[must_use]
    pub fn nearest(self, w: f32) -> f32 {
        if self.sign {
            return if w < 0.0 { -1.0 } else { 1.0 };
        }
        round((w * self.inverse()).clamp(self.low, self.high))
    }

    /// 1 / scale, or 0.
    #[must_use]
    pub fn inverse(self) -> f32 {
        if self.scale > 0.0 { 1.0 / self.scale } else { 0.0 }
    }

    /// The code so many steps from 0.
    #[must_use]
    pub fn code(self, steps: f32) -> i8 {
        (steps + self.zero) as i8
    }

    /// What a code stands for.
    #[must_use]
    pub fn value(self, code: i8) -> f32 {
        (f32::from(code) - self.zero) * self.scale
    }
}
