//! An image as one long row of numbers.

use super::{Grads, Layer, Op, Pass, Plan, make};
use crate::engine::{catalog::Entry, params::Values, shape::Shape};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "flatten",
    label: "Flatten",
    help: teach!(
        "Turns an image into one long row of numbers, which dense layers need. The values stay as they are, in the order row, column, channel."
    ),
    formula: "",
    source: "",
    params: &[],
    build: make!(Flatten::new),
};

struct Flatten {
    output: Shape,
}

impl Flatten {
    fn new(_: &Values, input: &Shape) -> Result<Self, String> {
        Ok(Self { output: Shape(vec![input.len()]) })
    }
}

impl Plan for Flatten {
    fn output(&self) -> &Shape {
        &self.output
    }
}

impl Layer for Flatten {
    fn forward(&self, _: &mut Pass<'_>, _: &[f32], x: &[f32], y: &mut [f32]) {
        y.copy_from_slice(x);
    }

    fn backward(&self, _: &[f32], grads: Grads<'_>) {
        if let Some(dx) = grads.dx {
            dx.copy_from_slice(grads.dy);
        }
    }

    fn op(&self) -> Op {
        Op::Flatten
    }
}
