//! An activation as a layer of its own.

use super::{Grads, Layer, Op, Pass};
use crate::engine::{
    activations::{self, Activation},
    catalog::Pick,
    error::SpecError,
    params::Values,
    shape::Shape,
};

/// The activation that `pick` names, for inputs of shape `input`.
pub fn wrap(pick: &Pick, input: &Shape) -> Result<Box<dyn Layer>, SpecError> {
    let (entry, values) = activations::CATALOG.resolve(pick)?;
    Ok(Box::new(ActivationLayer { pick: pick.clone(), build: entry.build, rule: (entry.build)(&values), output: input.clone() }))
}

struct ActivationLayer {
    pick: Pick,
    build: activations::Build,
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

    fn backward(&self, _: &[f32], grads: Grads<'_>) {
        if let Some(dx) = grads.dx {
            self.rule.backward(grads.x, grads.y, grads.dy, dx);
        }
    }

    fn retune(&mut self, pick: &Pick, values: &Values) -> bool {
        self.pick = pick.clone();
        self.rule = (self.build)(values);
        true
    }

    fn op(&self) -> Op {
        Op::Activation(self.pick.clone())
    }
}
