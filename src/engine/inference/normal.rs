//! Normalizations at inference.

use super::operation::{Operation, Work};
use crate::engine::layers::norm;

/// A factor and a summand for each channel.
pub struct Affine {
    by: Vec<f32>,
    plus: Vec<f32>,
}

impl Affine {
    /// From all factors and all summands, one behind the other.
    pub fn new(channels: usize, constants: &[f32]) -> Self {
        let (by, plus) = constants.split_at(channels.min(constants.len()));
        Self { by: by.to_vec(), plus: plus.to_vec() }
    }
}

impl Operation for Affine {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: &mut Work) {
        let channels = self.by.len().max(1);
        for (y, x) in y.chunks_exact_mut(channels).zip(x.chunks_exact(channels)) {
            for ((y, x), (by, plus)) in y.iter_mut().zip(x).zip(self.by.iter().zip(&self.plus)) {
                *y = x * by + plus;
            }
        }
    }

    fn held(&self) -> usize {
        size_of_val(&*self.by) + size_of_val(&*self.plus)
    }
}

/// Each position to mean 0 and variance 1, then a factor and a summand for each channel: the arithmetic of training.
pub struct LayerNorm {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl LayerNorm {
    /// From all factors and all summands, one behind the other.
    pub fn new(channels: usize, constants: &[f32]) -> Self {
        let (scale, shift) = constants.split_at(channels.min(constants.len()));
        Self { scale: scale.to_vec(), shift: shift.to_vec() }
    }
}

impl Operation for LayerNorm {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: &mut Work) {
        norm::rows(x, &self.scale, &self.shift, y);
    }

    fn held(&self) -> usize {
        size_of_val(&*self.scale) + size_of_val(&*self.shift)
    }
}
