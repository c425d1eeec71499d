//! Depthwise convolution.

use super::{
    Conv2dShape, Grads, Layer, Op, Pass, Plan,
    conv2d::{KERNEL, PADDING, STRIDE, geometry},
    make,
};
use crate::{
    engine::{
        catalog::Entry,
        params::Values,
        shape::{Role, Shape, TensorSpec},
    },
    kernels::{depthwise, elementwise},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "depthwise",
    label: "Depthwise convolution",
    help: teach!(
        "Slides one filter over each channel, and channels do not mix: a fraction of a convolution's weights and multiplications. A 1×1 convolution behind it mixes them again; together they do most of a convolution's work."
    ),
    formula: teach!(r"y_{i,j,c} = b_c + \sum_{u,v} w_{u,v,c}\; x_{s i + u - p,\; s j + v - p,\; c}"),
    source: teach!("Howard et al. 2017, MobileNets: efficient convolutional neural networks for mobile vision applications"),
    params: &[KERNEL, STRIDE, PADDING],
    build: make!(Depthwise::new),
};

struct Depthwise {
    /// As many filters as channels.
    shape: Conv2dShape,
    output: Shape,
}

impl Depthwise {
    fn new(values: &Values, input: &Shape) -> Result<Self, String> {
        let channels = input.image().map_or(0, |(_, _, channels)| channels);
        let shape = geometry(values, input, channels)?;
        Ok(Self { shape, output: Shape(vec![shape.output.0, shape.output.1, channels]) })
    }

    fn weights(&self) -> usize {
        self.shape.kernel * self.shape.kernel * self.shape.filters
    }
}

impl Plan for Depthwise {
    fn output(&self) -> &Shape {
        &self.output
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        let Conv2dShape { kernel, filters, .. } = self.shape;
        // An input reaches only outputs of its own channel.
        let fan = kernel * kernel;
        vec![
            TensorSpec { name: "weight", role: Role::Weight, shape: vec![kernel, kernel, filters], fan_in: fan, fan_out: fan },
            TensorSpec { name: "bias", role: Role::Bias, shape: vec![filters], fan_in: fan, fan_out: fan },
        ]
    }

    fn macs(&self) -> u64 {
        self.shape.output_len() as u64 * (self.shape.kernel * self.shape.kernel) as u64
    }
}

impl Layer for Depthwise {
    fn forward(&self, pass: &mut Pass<'_>, params: &[f32], x: &[f32], y: &mut [f32]) {
        let (weight, bias) = params.split_at(self.weights());
        depthwise::forward(&self.shape, pass.batch, x, weight, bias, y);
    }

    fn backward(&self, params: &[f32], grads: Grads<'_>) {
        let (dweight, dbias) = grads.dparams.split_at_mut(self.weights());
        depthwise::backward_weight(&self.shape, grads.batch, grads.x, grads.dy, dweight);
        elementwise::sum_rows(grads.dy, dbias);
        if let Some(dx) = grads.dx {
            depthwise::backward_input(&self.shape, grads.batch, &params[..self.weights()], grads.dy, dx);
        }
    }

    fn op(&self) -> Op {
        Op::Depthwise(self.shape)
    }
}
