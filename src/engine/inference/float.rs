//! Layers in 32-bit floats: the same kernels as in training, so the same bits.

use super::operation::{Operation, Work};
use crate::kernels::{
    conv2d::{self, Conv2dShape},
    depthwise,
    matmul_f32::{self, Mat, affine_packed},
};

/// `y = x W + b`.
pub struct Dense {
    pub inputs: usize,
    /// `[I, O]`.
    pub weights: matmul_f32::Packed,
    pub bias: Vec<f32>,
}

impl Operation for Dense {
    fn run(&self, batch: usize, x: &[f32], y: &mut [f32], work: &mut Work) {
        affine_packed(batch, Mat::rows(x, self.inputs), &self.weights, &self.bias, y, &mut work.scratch);
    }

    fn kernel(&self) -> String {
        "f32".into()
    }

    fn held(&self) -> usize {
        self.weights.bytes() + size_of_val(&*self.bias)
    }
}

/// A convolution.
pub struct Conv {
    pub shape: Conv2dShape,
    /// `[ky, kx, in, out]`.
    pub weights: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Operation for Conv {
    fn run(&self, batch: usize, x: &[f32], y: &mut [f32], work: &mut Work) {
        conv2d::forward(&self.shape, batch, x, &self.weights, &self.bias, y, &mut work.scratch);
    }

    fn kernel(&self) -> String {
        "f32".into()
    }

    fn held(&self) -> usize {
        (self.weights.len() + self.bias.len()) * size_of::<f32>()
    }
}

/// A convolution of each channel alone.
pub struct Depthwise {
    pub shape: Conv2dShape,
    /// `[ky, kx, channel]`.
    pub weights: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Operation for Depthwise {
    fn run(&self, batch: usize, x: &[f32], y: &mut [f32], _: &mut Work) {
        depthwise::forward(&self.shape, batch, x, &self.weights, &self.bias, y);
    }

    fn kernel(&self) -> String {
        "f32".into()
    }
}
