//! Average pooling.

use super::{
    Grads, Layer, Op, Pass, Plan, make,
    pool::{Pool, SIZE, STRIDE},
};
use crate::{
    engine::{catalog::Entry, params::Values, shape::Shape},
    kernels::pool2d,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "avgpool",
    label: "Average pooling",
    help: teach!(
        "Replaces each window by its mean: a blur that makes the image smaller. Over a whole image it turns channels into single numbers, which replaces a large dense layer."
    ),
    formula: teach!(r"y_{i,j,c} = \frac{1}{k^2} \sum_{u,v < k} x_{s i + u,\; s j + v,\; c}"),
    source: teach!("LeCun et al. 1989, Backpropagation applied to handwritten zip code recognition"),
    params: &[SIZE, STRIDE],
    build: make!(AvgPool::new),
};

struct AvgPool {
    pool: Pool,
    output: Shape,
}

impl AvgPool {
    fn new(values: &Values, input: &Shape) -> Result<Self, String> {
        let (pool, output) = Pool::new(values, input)?;
        Ok(Self { pool, output })
    }
}

impl Plan for AvgPool {
    fn output(&self) -> &Shape {
        &self.output
    }
}

impl Layer for AvgPool {
    fn forward(&self, pass: &mut Pass<'_>, _: &[f32], x: &[f32], y: &mut [f32]) {
        let Pool { input, size, stride } = self.pool;
        pool2d::average_forward(input, size, stride, pass.batch, x, y);
    }

    fn backward(&self, _: &[f32], grads: Grads<'_>) {
        let Pool { input, size, stride } = self.pool;
        if let Some(dx) = grads.dx {
            pool2d::average_backward(input, size, stride, grads.batch, grads.dy, dx);
        }
    }

    fn op(&self) -> Op {
        let Pool { input, size, stride } = self.pool;
        Op::Pool2d { input, size, stride, average: true }
    }
}
