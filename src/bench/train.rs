//! Training steps over batches that lie ready.

use super::Model;
use crate::engine::{
    catalog::Pick,
    error::SpecError,
    losses::{self, Loss, Target},
    network::{Network, Tape},
    optimizers::{self, Optimizer},
    rng::Rng,
};

/// A training run: batch `k mod ⌊samples / batch⌋` at step `k`, in order.
pub struct Train {
    network: Network,
    params: Vec<f32>,
    loss: Box<dyn Loss>,
    optimizer: Box<dyn Optimizer>,
    lr: f32,
    memory: optimizers::State,
    /// The reported loss over the engine's: half for the half squared error.
    scale: f32,
    batch: usize,
    inputs: Vec<f32>,
    classes: Vec<u32>,
    values: Vec<f32>,
    grad: Vec<f32>,
    dout: Vec<f32>,
    tape: Tape,
    rng: Rng,
}

/// What a model is trained with.
pub(super) struct Rules {
    pub loss: Box<dyn Loss>,
    pub optimizer: Box<dyn Optimizer>,
    pub lr: f32,
    /// The reported loss over the engine's: half for the half squared error.
    pub scale: f32,
    classes: bool,
}

impl Rules {
    pub fn of(model: Model) -> Result<Self, SpecError> {
        let classes = model != Model::Tiny;
        // Half the squared error has half the gradient: half the step.
        let (loss, optimizer, lr, scale) = match model {
            Model::Tiny => (Pick::new("mse"), Pick::new("sgd"), 0.015, 0.5),
            Model::Mlp | Model::Small | Model::Cnn => (Pick::new("cross-entropy"), Pick::new("adam").with("eps", 1e-7), 0.001, 1.0),
        };
        let (entry, values) = losses::FIRST.resolve(&loss)?;
        let loss = (entry.build)(&values);
        let (entry, values) = optimizers::FIRST.resolve(&optimizer)?;
        Ok(Self { loss, optimizer: (entry.build)(&values), lr, scale, classes })
    }

    /// `targets` as classes or as values.
    pub fn targets(&self, targets: &[f32]) -> (Vec<u32>, Vec<f32>) {
        if self.classes { (targets.iter().map(|t| *t as u32).collect(), Vec::new()) } else { (Vec::new(), targets.to_vec()) }
    }
}

impl Train {
    /// `params` in the network's order; `inputs[samples, I]`; `targets[samples]`: classes, or values for [`Model::Tiny`].
    /// Errors: lengths that do not fit each other, or a batch of none.
    pub fn new(model: Model, batch: usize, params: Vec<f32>, inputs: Vec<f32>, targets: &[f32]) -> Result<Self, SpecError> {
        let network = model.network()?;
        let fits = params.len() == network.params() && inputs.len() == targets.len() * network.input().len();
        if !fits || batch == 0 || targets.len() < batch {
            let reason = format!(
                "{} parameters, {} inputs and {} targets do not fit the model and batch",
                params.len(),
                inputs.len(),
                targets.len()
            );
            return Err(SpecError::Incompatible { field: "model".into(), reason });
        }
        let rules = Rules::of(model)?;
        let (classes, values) = rules.targets(targets);
        let Rules { loss, mut optimizer, lr, scale, .. } = rules;
        optimizer.meet(&network);
        Ok(Self {
            memory: optimizers::State::new(optimizer.as_ref(), params.len()),
            grad: vec![0.0; params.len()],
            dout: vec![0.0; batch * network.output().len()],
            tape: Tape::default(),
            rng: Rng::new(0, 0),
            network,
            params,
            loss,
            optimizer,
            lr,
            scale,
            batch,
            inputs,
            classes,
            values,
        })
    }

    /// `n` steps; gives the loss of the last, before its update.
    pub fn steps(&mut self, n: u32) -> f32 {
        (0..n).fold(0.0, |_, _| self.step())
    }

    fn step(&mut self) -> f32 {
        let (batch, inputs, outputs) = (self.batch, self.network.input().len(), self.network.output().len());
        let batches = (self.inputs.len() / inputs / batch) as u64;
        let first = (self.memory.step % batches) as usize * batch;
        let x = &self.inputs[first * inputs..(first + batch) * inputs];
        let target = match self.classes.get(first..first + batch) {
            Some(classes) => Target::Classes(classes),
            None => Target::Values(&self.values[first * outputs..(first + batch) * outputs]),
        };
        let output = self.network.forward(&self.params, x, batch, true, &mut self.rng, &mut self.tape);
        let loss = self.loss.eval(output, target, outputs, &mut self.dout);
        self.network.backward(&self.params, x, batch, &self.dout, &mut self.grad, &mut self.tape);
        self.memory.step += 1;
        self.optimizer.update(self.memory.step, self.lr, &mut self.params, &self.grad, &mut self.memory.memory);
        loss * self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::initializers;

    #[test]
    fn every_model_learns() {
        for model in [Model::Tiny, Model::Mlp, Model::Cnn] {
            let network = model.network().unwrap();
            let he = initializers::CATALOG.find("he").unwrap();
            let values = Pick::new("he").values(he.params).unwrap();
            let params = network.init((he.build)(&values).as_ref(), &mut Rng::new(1, 0));
            let mut rng = Rng::new(2, 0);
            let targets: Vec<f32> = (0..64).map(|i| (i % 2) as f32).collect();
            let inputs =
                targets.iter().flat_map(|t| (0..network.input().len()).map(|_| t + rng.range(-0.5, 0.5)).collect::<Vec<_>>()).collect();
            let mut run = Train::new(model, 16, params, inputs, &targets).unwrap();
            let before = run.steps(1);
            let after = run.steps(60);
            assert!(after < 0.5 * before, "{model:?}: {before} to {after}");
        }
    }

    #[test]
    fn refuses_what_does_not_fit() {
        assert!(Train::new(Model::Mlp, 1, vec![0.0; 3], vec![0.0; 784], &[0.0]).is_err());
        assert!(Train::new(Model::Tiny, 0, vec![0.0; 105], vec![0.0; 2], &[0.0]).is_err());
    }
}
