//! Training as the page's worker does it: mini-batches gathered from shuffled samples.

use super::{Model, train::Rules};
use crate::engine::{
    catalog::Pick,
    data::{Samples, Task},
    error::SpecError,
    schedules,
    train::{self, Score, Settings, Trainer},
};

/// A run of the engine's [`Trainer`], epoch after epoch.
pub struct Epoch {
    trainer: Trainer,
    samples: Samples,
}

impl Epoch {
    /// `params` in the network's order; `inputs[samples, I]`; `targets[samples]`: classes. Errors: lengths that do not fit each other, a batch of none, or a
    /// model of values.
    pub fn new(model: Model, batch: usize, params: Vec<f32>, inputs: Vec<f32>, targets: &[f32]) -> Result<Self, SpecError> {
        let network = model.network()?;
        let rules = Rules::of(model)?;
        let (classes, values) = rules.targets(targets);
        let fits = params.len() == network.params() && inputs.len() == targets.len() * network.input().len();
        if !fits || batch == 0 || classes.is_empty() {
            let reason = format!("{} parameters, {} inputs, {} classes", params.len(), inputs.len(), classes.len());
            return Err(SpecError::Incompatible { field: "model".into(), reason });
        }
        let (entry, settings) = schedules::FIRST.resolve(&Pick::new("constant"))?;
        let schedule = (entry.build)(&settings);
        let task = Task::Classes((0..network.output().len()).map(|class| class.to_string()).collect());
        let settings = Settings { lr: f64::from(rules.lr), batch, epochs: 1000.0, warmup: 0.0, l1: 0.0, l2: 0.0, max_norm: 0.0 };
        let Rules { loss, optimizer, .. } = rules;
        let rules = train::Rules { loss, optimizer, optimizer_key: "adam".into(), schedule };
        let samples = Samples { len: targets.len(), inputs, classes, values };
        Ok(Self { trainer: Trainer::new(network, params, task, settings, rules, 1), samples })
    }

    /// `n` steps, the smaller ones at the ends of epochs among them; gives the loss of the last, before its update.
    pub fn steps(&mut self, n: u32) -> f32 {
        let mut score = Score::default();
        (0..n).fold(0.0, |_, _| {
            loop {
                // A step may be taken in pieces.
                if let Some(report) = self.trainer.advance(&self.samples, &mut score) {
                    break report.loss;
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{initializers, rng::Rng};

    #[test]
    fn it_learns_what_lies_in_no_order() {
        let network = Model::Mlp.network().unwrap();
        let he = initializers::CATALOG.find("he").unwrap();
        let values = Pick::new("he").values(he.params).unwrap();
        let params = network.init((he.build)(&values).as_ref(), &mut Rng::new(1, 0));
        let mut rng = Rng::new(2, 0);
        let targets: Vec<f32> = (0..70).map(|i| (i % 2) as f32).collect();
        let inputs = targets.iter().flat_map(|t| (0..784).map(|_| t + rng.range(-0.5, 0.5)).collect::<Vec<_>>()).collect();
        let mut run = Epoch::new(Model::Mlp, 16, params, inputs, &targets).unwrap();
        let before = run.steps(1);
        let after = run.steps(60);
        assert!(after < 0.5 * before, "{before} to {after}");
    }

    #[test]
    fn refuses_what_does_not_fit() {
        assert!(Epoch::new(Model::Mlp, 16, vec![0.0; 3], vec![0.0; 784], &[0.0]).is_err());
        assert!(Epoch::new(Model::Tiny, 16, vec![0.0; 105], vec![0.0; 2], &[0.0]).is_err());
    }
}
