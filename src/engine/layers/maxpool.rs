//! Max pooling.

use super::{
    Grads, Layer, Op, Pass, Plan, make,
    pool::{Pool, SIZE, STRIDE},
};
use crate::{
    engine::{catalog::Entry, params::Values, shape::Shape},
    kernels::pool2d,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "maxpool",
    label: "Max pooling",
    help: teach!(
        "Keeps the largest value of each window, so that a found pattern counts wherever in the window it lies. It has no weights, and makes everything after it cheaper."
    ),
    formula: teach!(r"y_{i,j,c} = \max_{u,v < k}\; x_{s i + u,\; s j + v,\; c}"),
    source: teach!("Ranzato et al. 2007, Unsupervised learning of invariant feature hierarchies"),
    params: &[SIZE, STRIDE],
    build: make!(MaxPool::new),
};

struct MaxPool {
    pool: Pool,
    output: Shape,
}

impl MaxPool {
    fn new(values: &Values, input: &Shape) -> Result<Self, String> {
        let (pool, output) = Pool::new(values, input)?;
        Ok(Self { pool, output })
    }
}

impl Plan for MaxPool {
    fn output(&self) -> &Shape {
        &self.output
    }

    /// Which place of its window each output came from.
    fn kept(&self) -> usize {
        self.output.len()
    }
}

impl Layer for MaxPool {
    fn forward(&self, pass: &mut Pass<'_>, _: &[f32], x: &[f32], y: &mut [f32]) {
        let Pool { input, size, stride } = self.pool;
        pool2d::max_forward(input, size, stride, pass.batch, x, y, pass.kept);
    }

    fn backward(&self, _: &[f32], grads: Grads<'_>) {
        let Pool { input, size, stride } = self.pool;
        if let Some(dx) = grads.dx {
            pool2d::max_backward(input, size, stride, grads.batch, grads.kept, grads.dy, dx);
        }
    }

    fn op(&self) -> Op {
        let Pool { input, size, stride } = self.pool;
        Op::Pool2d { input, size, stride, average: false }
    }
}
