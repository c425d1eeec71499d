//! Class weights.

use super::{Loss, Target};
use crate::kernels::wgsl::Wgsl;

/// `loss` with each sample weighted by how rare its class is among `classes`, those of the training samples: `n / (k · n_c)` for `n` samples of `k` classes, of which
/// `n_c` are of class `c` (King & Zeng 2001; "balanced" in scikit-learn). Over the training samples the weights average 1. The mean is over samples, not over weights.
/// Targets that are shares of several classes are weighted by the mean of those. On the CPU alone.
#[must_use]
pub fn balanced(loss: Box<dyn Loss>, classes: &[u32], outputs: usize) -> Box<dyn Loss> {
    let mut weights = vec![0.0; outputs];
    classes.iter().for_each(|class| weights[*class as usize] += 1.0);
    let present = weights.iter().filter(|n| **n > 0.0).count().max(1);
    // A class without samples has no share in any sum.
    weights.iter_mut().filter(|n| **n > 0.0).for_each(|n| *n = classes.len() as f64 / (present as f64 * *n));
    Box::new(Balanced { loss, weights: weights.into_iter().map(|w| w as f32).collect() })
}

struct Balanced {
    loss: Box<dyn Loss>,
    weights: Vec<f32>,
}

impl Loss for Balanced {
    fn add(&self, output: &[f32], target: Target<'_>, outputs: usize, batch: usize, mut sum: f32, grad: &mut [f32]) -> f32 {
        for (b, (z, g)) in output.chunks_exact(outputs).zip(grad.chunks_exact_mut(outputs)).enumerate() {
            let one = match target {
                Target::Classes(classes) => Target::Classes(&classes[b..=b]),
                Target::Values(values) => Target::Values(&values[b * outputs..(b + 1) * outputs]),
            };
            let weight: f32 = self.weights.iter().enumerate().map(|(c, w)| w * one.at(0, c, outputs)).sum();
            sum += weight * self.loss.add(z, one, outputs, batch, 0.0, g);
            g.iter_mut().for_each(|g| *g *= weight);
        }
        sum
    }

    fn mean(&self, sum: f32, batch: usize, outputs: usize) -> f32 {
        self.loss.mean(sum, batch, outputs)
    }

    fn wgsl(&self, _: usize) -> Option<Wgsl> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{
        catalog::Pick,
        data::{Samples, Task},
        losses::CATALOG,
        network::Network,
        optimizers,
        rng::Rng,
        schedules,
        shape::Shape,
        train::{Rules, Score, Settings, Trainer},
    };

    fn known(key: &str) -> Box<dyn Loss> {
        let (entry, values) = CATALOG.resolve(&Pick::new(key)).unwrap();
        (entry.build)(&values)
    }

    #[test]
    fn a_class_without_samples_weighs_nothing_and_leaves_the_others_what_they_weigh() {
        let classes = [0, 0, 0, 2, 2, 0, 0, 0];
        let (mut own, mut among) = ([0.0; 4], [0.0; 4]);
        for entry in CATALOG.entries {
            // Of 8 samples 6 are of class 0 and 2 of class 2: weights 8 / (2 · 6) and 8 / (2 · 2).
            let (plain, balanced) = (known(entry.key), balanced(known(entry.key), &classes, 4));
            let z = [0.3, -1.0, 0.7, 0.1];
            for (class, weight) in [(0, 8.0 / 12.0), (1, 0.0), (2, 2.0), (3, 0.0)] {
                let a = plain.eval(&z, Target::Classes(&[class]), 4, &mut own);
                let b = balanced.eval(&z, Target::Classes(&[class]), 4, &mut among);
                assert!((b - weight * a).abs() < 1e-6 * a.abs().max(1.0), "{}: {b} of {a} for class {class}", entry.key);
                assert!(own.iter().zip(among).all(|(a, b)| (weight * a - b).abs() < 1e-6), "{} for class {class}", entry.key);
            }
            // With no samples at all there is nothing to weigh.
            let none = super::balanced(known(entry.key), &[], 4);
            assert_eq!(none.eval(&z, Target::Classes(&[1]), 4, &mut among), 0.0, "{}", entry.key);
            assert_eq!(among, [0.0; 4]);
        }
    }

    #[test]
    fn runs_on_data_with_an_empty_class_learn_the_others() {
        let mut rng = Rng::new(2, 0);
        let of = |i: u32| if i.is_multiple_of(5) { 3 } else { 1 };
        let mut data = Samples { len: 60, ..Samples::default() };
        for i in 0..60 {
            let class = of(i);
            data.inputs.extend([rng.normal() * 0.3 + class as f32 - 2.0, rng.normal()]);
            data.classes.push(class);
        }
        for entry in CATALOG.entries {
            let picks = [Pick::new("dense").with("units", 8.0), Pick::new("tanh"), Pick::new("dense").with("units", 4.0)];
            let network = Network::new(&picks, &Shape(vec![2])).unwrap();
            let params = (0..network.params()).map(|_| rng.range(-0.5, 0.5)).collect();
            let rules = Rules {
                loss: balanced(known(entry.key), &data.classes, 4),
                optimizer: optimizers::CATALOG.resolve(&Pick::new("adam")).map(|(e, v)| (e.build)(&v)).unwrap(),
                optimizer_key: "adam".into(),
                schedule: schedules::CATALOG.resolve(&Pick::new("constant")).map(|(e, v)| (e.build)(&v)).unwrap(),
            };
            let settings = Settings { lr: 0.03, batch: 12, epochs: 60.0, warmup: 0.0, l1: 0.0, l2: 0.0, max_norm: 0.0 };
            let task = Task::Classes(["a", "b", "c", "d"].map(String::from).into());
            let mut trainer = Trainer::new(network, params, task.clone(), settings, rules, 1);
            let mut score = Score::default();
            for step in 0..300 {
                let mut now = Score::default();
                assert!(trainer.step(&data, &mut now).loss.is_finite(), "{} at step {step}", entry.key);
                score = now;
            }
            assert!(trainer.params.iter().all(|p| p.is_finite()), "{}", entry.key);
            assert!(score.value(&task) > 0.9, "{}: {}", entry.key, score.value(&task));
        }
    }
}
