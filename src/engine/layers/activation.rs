//! An activation as a layer of its own.

use super::{Grads, Layer, Op, Pass};
use crate::engine::{
    activations::{self, Activation},
    catalog::Pick,
    error::SpecError,
    shape::Shape,
};

/// The activation that `pick` names, for inputs of shape `input`.
pub fn wrap(pick: &Pick, input: &Shape) -> Result<Box<dyn Layer>, SpecError> {
    let (entry, values) = activations::CATALOG.resolve(pick)?;
    Ok(Box::new(ActivationLayer { pick: pick.clone(), rule: (entry.build)(&values), output: input.clone() }))
}

struct ActivationLayer {
    pick: Pick,
    rule: Box<dyn Activation>,
    output: Shape,
}

impl Layer for ActivationLayer {
    fn output(&self) -> &Shape {
        &self.output
    }

    fn forward(&self, _: &mut Pass<'_>, _: &[f32], x: &[f32], y: &mut [f32]) {
        self.rule.forward(x, y);
    }

    fn backward(&self, _: &mut Pass<'_>, _: &[f32], grads: Grads<'_>) {
        if let Some(dx) = grads.dx {
            self.rule.backward(grads.x, grads.y, grads.dy, dx);
        }
    }

    fn op(&self) -> Op {
        Op::Activation(self.pick.clone())
    }
}
