//! Global average pooling.

use super::{Grads, Layer, Op, Pass, Plan, make};
use crate::{
    engine::{catalog::Entry, params::Values, shape::Shape},
    kernels::pool2d,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "globalpool",
    label: "Global average pooling",
    help: teach!(
        "Replaces each channel by its mean over the whole image, so that a row of one number per channel remains. In place of flatten it makes the dense layer behind it small, and blind to where in the image something was."
    ),
    formula: teach!(r"y_c = \frac{1}{H W} \sum_{i < H,\; j < W} x_{i,j,c}"),
    source: teach!("Lin, Chen & Yan 2014, Network in network"),
    params: &[],
    build: make!(GlobalPool::new),
};

struct GlobalPool {
    positions: usize,
    channels: usize,
    output: Shape,
}

impl GlobalPool {
    fn new(_: &Values, input: &Shape) -> Result<Self, String> {
        let Some((height, width, channels)) = input.image() else {
            return Err(format!(
                "it needs an image, and a flat input of {input} values comes in: put it before any flatten or dense layer"
            ));
        };
        Ok(Self { positions: height * width, channels, output: Shape(vec![channels]) })
    }
}

impl Plan for GlobalPool {
    fn output(&self) -> &Shape {
        &self.output
    }
}

impl Layer for GlobalPool {
    fn forward(&self, _: &mut Pass<'_>, _: &[f32], x: &[f32], y: &mut [f32]) {
        pool2d::mean_forward(self.positions, self.channels, x, y);
    }

    fn backward(&self, _: &[f32], grads: Grads<'_>) {
        if let Some(dx) = grads.dx {
            pool2d::mean_backward(self.positions, self.channels, grads.dy, dx);
        }
    }

    fn op(&self) -> Op {
        Op::GlobalPool { positions: self.positions, channels: self.channels }
    }
}
