//! An activation as a layer of its own.

use super::{Grads, Layer, Op, Pass, Plan};
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
    Ok(Box::new(ActivationLayer { pick: pick.clone(), build: entry.build, rule: (entry.build)(&values), plan: Elementwise(input.clone()) }))
}

/// The plan of the activation that `pick` names, for inputs of shape `input`.
pub fn plan(pick: &Pick, input: &Shape) -> Result<Box<dyn Plan>, SpecError> {
    pick.values(activations::LISTING.find(&pick.key)?.params)?;
    Ok(Box::new(Elementwise(input.clone())))
}

/// The plan of every activation: each value becomes another one.
struct Elementwise(Shape);

impl Plan for Elementwise {
    fn output(&self) -> &Shape {
        &self.0
    }

    fn live(&self) -> bool {
        true
    }
}

struct ActivationLayer {
    pick: Pick,
    build: activations::Build,
    rule: Box<dyn Activation>,
    plan: Elementwise,
}

impl Plan for ActivationLayer {
    fn output(&self) -> &Shape {
        self.plan.output()
    }

    fn live(&self) -> bool {
        self.plan.live()
    }
}

impl Layer for ActivationLayer {
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
