//! Skip connections.

use super::{Grads, Layer, Op, Pass, Plan, make};
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale, Values},
    shape::Shape,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "add",
    label: "Skip connection (add)",
    help: teach!(
        "Adds what came into the layers just before it to what came out of them, so that they learn only what is to change, and gradients have a way around them. Both must be of one shape; what came in has to be kept in memory until it is added."
    ),
    formula: teach!(r"y = \mathcal F(x) + x"),
    source: teach!("He et al. 2016, Deep residual learning for image recognition"),
    params: &[BACK],
    build: make!(Add::new),
};

pub(super) const BACK: ParamSpec = ParamSpec {
    key: "back",
    label: "Layers skipped n",
    unit: "layers",
    range: (1.0, 64.0),
    scale: Scale::Integer,
    default: 3.0,
    help: teach!(
        "How many layers the connection leads around, activations counted: those that stand between its two ends. 3 is a convolution, its activation and another convolution."
    ),
    ..ParamSpec::NEW
};

struct Add {
    back: usize,
    output: Shape,
}

impl Add {
    fn new(values: &Values, input: &Shape) -> Result<Self, String> {
        Ok(Self { back: values.usize(&BACK), output: input.clone() })
    }
}

impl Plan for Add {
    fn output(&self) -> &Shape {
        &self.output
    }

    fn back(&self) -> usize {
        self.back
    }
}

impl Layer for Add {
    fn forward(&self, pass: &mut Pass<'_>, _: &[f32], x: &[f32], y: &mut [f32]) {
        let skipped = pass.skipped.unwrap_or_default();
        for ((y, x), s) in y.iter_mut().zip(x).zip(skipped) {
            *y = x + s;
        }
    }

    /// The other end gets the same gradient, from the network.
    fn backward(&self, _: &[f32], grads: Grads<'_>) {
        if let Some(dx) = grads.dx {
            dx.copy_from_slice(grads.dy);
        }
    }

    fn op(&self) -> Op {
        Op::Add { back: self.back }
    }
}
