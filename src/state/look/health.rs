//! What ails the layers of a network, and what changes may help: each an experiment that can be opened.

use super::super::format;
use crate::{
    engine::catalog::Pick,
    experiment::Experiment,
    protocol::{Checkup, LayerHealth},
};

/// Share of dead units, of saturated outputs, from which it is said.
const DEAD: f32 = 0.25;
const SATURATED: f32 = 0.5;
/// Gradients so many times smaller, or larger, before the last layer than in it are said to vanish, or explode.
const VANISHES: f32 = 1e-3;
const EXPLODES: f32 = 1e3;
/// So are gradients as large as that whatever the last layer's are.
const LARGE: f32 = 100.0;

/// Something that ails a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Index in the model's layers.
    pub layer: usize,
    /// What it is.
    pub what: String,
    /// What may help: words for a button, and the experiment behind it.
    pub remedies: Vec<(String, Experiment)>,
}

/// What ails the layers of a model of `experiment`.
#[must_use]
pub fn findings(checkup: &Checkup, experiment: &Experiment) -> Vec<Finding> {
    let last = checkup.layers.iter().rev().find_map(|l| l.gradient);
    let of = |layer: &LayerHealth| {
        let dead = if layer.units > 0 { layer.dead as f32 / layer.units as f32 } else { 0.0 };
        if dead > DEAD {
            let what = format!("{} of {} units give zero for every sample: they are dead and learn no more.", layer.dead, layer.units);
            return Some((what, vec![leaky(experiment, layer), calmer(experiment), clipped(experiment)]));
        }
        if let Some(share) = layer.saturated.filter(|s| *s > SATURATED) {
            let what = format!(
                "{} of the outputs are close to an end of their range (saturated), where hardly any gradient comes through.",
                format::percent0(f64::from(share))
            );
            return Some((what, vec![normalized(experiment, layer), xavier(experiment), rectified(experiment)]));
        }
        let (own, last) = (layer.gradient?, last?);
        let numbers = || format!("{} here, {} in the last layer", format::loss(f64::from(own)), format::loss(f64::from(last)));
        if own == 0.0 && last == 0.0 {
            let what = "No gradient arrives: nothing can be learned.".to_string();
            return Some((what, vec![he(experiment), leaky_everywhere(experiment)]));
        }
        if own < VANISHES * last {
            let what = format!("The gradient vanishes on its way back: {}.", numbers());
            return Some((what, vec![rectified(experiment), he(experiment), normalized_everywhere(experiment)]));
        }
        if own > EXPLODES * last || own > LARGE || !own.is_finite() {
            let what = format!("The gradient explodes on its way back: {}.", numbers());
            return Some((what, vec![clipped(experiment), calmer(experiment), xavier(experiment)]));
        }
        None
    };
    let found = checkup.layers.iter().filter_map(|layer| of(layer).map(|(what, remedies)| (layer.layer, what, remedies)));
    found.map(|(layer, what, remedies)| Finding { layer, what, remedies: remedies.into_iter().flatten().collect() }).collect()
}

type Remedy = Option<(String, Experiment)>;

/// The experiment after `change`; `None` where that changes nothing.
fn remedy(experiment: &Experiment, words: String, change: impl FnOnce(&mut Experiment)) -> Remedy {
    let mut changed = experiment.clone();
    change(&mut changed);
    (changed != *experiment).then_some((words, changed))
}

/// Leaky ReLU in place of a layer that can die.
fn leaky(experiment: &Experiment, layer: &LayerHealth) -> Remedy {
    remedy(experiment, "Use leaky ReLU here".into(), |e| {
        if let Some(pick) = e.model.get_mut(layer.layer).filter(|p| p.key == "relu") {
            *pick = Pick::new("leaky-relu");
        }
    })
}

fn leaky_everywhere(experiment: &Experiment) -> Remedy {
    remedy(experiment, "Use leaky ReLU everywhere".into(), |e| {
        e.model.iter_mut().filter(|p| p.key == "relu").for_each(|p| *p = Pick::new("leaky-relu"));
    })
}

/// A tenth of the learning rate.
fn calmer(experiment: &Experiment) -> Remedy {
    let lr = super::super::race::tidy(experiment.train.lr / 10.0);
    remedy(experiment, format!("Learning rate {}", format::number(lr)), |e| e.train.lr = lr)
}

fn clipped(experiment: &Experiment) -> Remedy {
    remedy(experiment, "Clip the gradient norm to 1".into(), |e| {
        if e.train.clip == 0.0 || e.train.clip > 1.0 {
            e.train.clip = 1.0;
        }
    })
}

fn he(experiment: &Experiment) -> Remedy {
    remedy(experiment, "Begin with He weights".into(), |e| e.init = Pick::new("he"))
}

fn xavier(experiment: &Experiment) -> Remedy {
    remedy(experiment, "Begin with Xavier weights".into(), |e| e.init = Pick::new("xavier"))
}

/// ReLU in place of all that saturates, with the first weights that suit it.
fn rectified(experiment: &Experiment) -> Remedy {
    let saturates = |pick: &Pick| pick.key == "sigmoid" || pick.key == "tanh";
    if !experiment.model.iter().any(saturates) {
        return None;
    }
    remedy(experiment, "Use ReLU and He weights".into(), |e| {
        e.model.iter_mut().filter(|p| saturates(p)).for_each(|p| *p = Pick::new("relu"));
        e.init = Pick::new("he");
    })
}

/// A batch normalization before an activation.
fn normalized(experiment: &Experiment, layer: &LayerHealth) -> Remedy {
    // What is rounded while it trains cannot be normalized by batches.
    if experiment.compress.qat != 0 {
        return None;
    }
    remedy(experiment, "Normalize batches before it".into(), |e| {
        let at = layer.layer;
        if at > 0 && at < e.model.len() && e.model[at - 1].key != "batchnorm" {
            e.model.insert(at, Pick::new("batchnorm"));
            // Links by hand are of layers by their number.
            e.hand = crate::experiment::ByHand::default();
        }
    })
}

/// The same before every activation.
fn normalized_everywhere(experiment: &Experiment) -> Remedy {
    if experiment.compress.qat != 0 || experiment.model.iter().any(|p| p.key == "batchnorm" || p.key == "add") {
        return None;
    }
    let activation = |pick: &Pick| crate::engine::activations::LISTING.find(&pick.key).is_ok();
    remedy(experiment, "Normalize batches before every activation".into(), |e| {
        let normalize =
            |pick: &Pick| activation(pick).then(|| Pick::new("batchnorm")).into_iter().chain([pick.clone()]).collect::<Vec<_>>();
        e.model = e.model.iter().flat_map(normalize).collect();
        e.hand = crate::experiment::ByHand::default();
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experiment(activation: &str) -> Experiment {
        let model = vec![Pick::new("dense").with("units", 8.0), Pick::new(activation), Pick::new("dense"), Pick::new(activation)];
        Experiment { model, ..Experiment::default() }
    }

    fn weights(layer: usize, gradient: f32) -> LayerHealth {
        LayerHealth { layer, key: "dense".into(), gradient: Some(gradient), weights: Some(0.1), ..LayerHealth::default() }
    }

    fn checkup(layers: Vec<LayerHealth>) -> Checkup {
        Checkup { step: 5, samples: 100, layers, ..Checkup::default() }
    }

    fn words(finding: &Finding) -> Vec<&str> {
        finding.remedies.iter().map(|r| r.0.as_str()).collect()
    }

    #[test]
    fn what_is_well_is_not_spoken_of() {
        let relu = LayerHealth { layer: 1, key: "relu".into(), units: 8, dead: 1, ..LayerHealth::default() };
        let tanh = LayerHealth { layer: 1, key: "tanh".into(), units: 8, saturated: Some(0.2), ..LayerHealth::default() };
        assert_eq!(findings(&checkup(vec![weights(0, 0.01), relu, tanh, weights(4, 0.02)]), &experiment("relu")), []);
    }

    #[test]
    fn dead_units_are_helped_by_leaky_ones() {
        let dead = LayerHealth { layer: 3, key: "relu".into(), units: 8, dead: 5, ..LayerHealth::default() };
        let found = findings(&checkup(vec![weights(0, 0.01), dead, weights(4, 0.02)]), &experiment("relu"));
        assert_eq!(found.len(), 1);
        assert!(found[0].what.contains("5 of 8 units"), "{}", found[0].what);
        assert_eq!(words(&found[0]), ["Use leaky ReLU here", "Learning rate 0.0003", "Clip the gradient norm to 1"]);
        assert_eq!(found[0].remedies[0].1.model[3].key, "leaky-relu");
        assert_eq!(found[0].remedies[0].1.model[1].key, "relu", "others stay");
    }

    #[test]
    fn saturation_and_gradients_that_vanish_or_explode_are_found() {
        let tanh = LayerHealth { layer: 1, key: "tanh".into(), units: 8, saturated: Some(0.8), ..LayerHealth::default() };
        let found = findings(&checkup(vec![weights(0, 1e-6), tanh, weights(2, 0.01), weights(4, 0.02)]), &experiment("tanh"));
        assert_eq!(found.iter().map(|f| f.layer).collect::<Vec<_>>(), [0, 1]);
        assert!(found[0].what.contains("vanishes") && found[1].what.contains("80"), "{found:?}");
        assert_eq!(words(&found[1])[0], "Normalize batches before it");
        assert_eq!(found[1].remedies[0].1.model[1].key, "batchnorm");
        assert_eq!(found[0].remedies.last().unwrap().1.model.iter().filter(|p| p.key == "batchnorm").count(), 2);
        let found = findings(&checkup(vec![weights(0, 500.0), weights(4, 0.02)]), &experiment("relu"));
        assert!(found[0].what.contains("explodes") && words(&found[0])[0].starts_with("Clip"), "{found:?}");
        let found =
            findings(&checkup(vec![weights(0, 0.0), weights(4, 0.0)]), &Experiment { init: Pick::new("zeros"), ..experiment("relu") });
        assert!(found.len() == 2 && words(&found[0])[0] == "Begin with He weights", "{found:?}");
    }

    #[test]
    fn every_remedy_is_an_experiment_that_can_be() {
        for activation in ["relu", "tanh", "sigmoid"] {
            let layer = LayerHealth { layer: 1, key: activation.into(), units: 4, dead: 4, saturated: Some(1.0), ..LayerHealth::default() };
            let dead = LayerHealth { dead: 0, ..layer.clone() };
            for layers in [vec![layer], vec![dead], vec![weights(0, 1e-9), weights(4, 1.0)], vec![weights(0, 1e9), weights(4, 1.0)]] {
                for (words, changed) in findings(&checkup(layers), &experiment(activation)).into_iter().flat_map(|f| f.remedies) {
                    changed.validate().unwrap_or_else(|e| panic!("{words}: {e}"));
                    assert_ne!(changed, experiment(activation), "{words}");
                }
            }
        }
    }
}
