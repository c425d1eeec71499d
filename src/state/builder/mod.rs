//! The model as the builder shows it: a layer with the activation behind it is one row.

mod block;
mod cost;
mod edit;
mod skips;

pub use block::{HELP as BLOCK_HELP, RESIDUAL, add_block};
pub use cost::{COST_HELP, Cost, cost_words, total, total_words};
pub use edit::{activate, add, drop_into, gap, remove, shift};

use std::sync::Arc;

use crate::{
    engine::{
        activations,
        catalog::{Info, Pick},
        layers,
        params::ParamSpec,
        shape::Shape,
    },
    experiment::Experiment,
};

/// One row of the builder.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Position of its layer in the model's picks.
    pub at: usize,
    /// The layer, or an activation that stands alone.
    pub pick: Pick,
    /// Position of the activation that belongs to it.
    pub activation: Option<usize>,
    /// That activation.
    pub activation_pick: Option<Pick>,
    /// Whether it is a layer with weights, which can have an activation.
    pub weights: bool,
}

/// What a layer makes of its input.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Shape of one output sample.
    pub shape: Shape,
    /// Parameters.
    pub params: u64,
    /// Multiply-accumulates per sample.
    pub macs: u64,
}

/// What the catalogue says of a layer or activation.
#[must_use]
pub fn info(key: &str) -> Option<Info> {
    layers::LISTING.find(key).or_else(|_| activations::LISTING.find(key)).ok().copied()
}

fn is_activation(pick: &Pick) -> bool {
    activations::LISTING.find(&pick.key).is_ok()
}

fn has_weights(pick: &Pick) -> bool {
    layers::weighted(&pick.key)
}

/// The setting that says how many units or filters a layer has, where it has them.
fn size_spec(info: &Info) -> Option<&'static ParamSpec> {
    info.params.iter().find(|p| matches!(p.key, "units" | "filters"))
}

/// Units or filters of a layer that has them.
#[must_use]
pub fn size(pick: &Pick) -> Option<f64> {
    Some(pick.get(size_spec(&info(&pick.key)?)?))
}

/// What a layer has so many of, in the singular; `None` for a layer without a size.
#[must_use]
pub fn size_word(pick: &Pick) -> Option<&'static str> {
    let spec = size_spec(&info(&pick.key)?)?;
    Some(match (spec.key, pick.key.as_str()) {
        ("filters", _) => "filter",
        (_, "dense") => "neuron",
        _ => "unit",
    })
}

/// The model with `by` units or filters more in the layer at `at`, which has to be a `key`; `None` where there is no such layer or
/// it cannot have that many.
#[must_use]
pub fn resize(model: &[Pick], at: usize, key: &str, by: f64) -> Option<Vec<Pick>> {
    let pick = model.get(at).filter(|p| p.key == key)?;
    let spec = size_spec(&info(key)?)?;
    let value = spec.check(pick.get(spec) + by).ok()?;
    let mut changed = model.to_vec();
    changed[at].params.insert(spec.key.into(), value);
    Some(changed)
}

/// The rows of a model.
#[must_use]
pub fn rows(model: &[Pick]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (at, pick) in model.iter().enumerate() {
        if is_activation(pick)
            && let Some(last) = rows.last_mut()
            && last.weights
            && last.activation.is_none()
            && last.at + 1 == at
        {
            last.activation = Some(at);
            last.activation_pick = Some(pick.clone());
            continue;
        }
        rows.push(Row { at, pick: pick.clone(), activation: None, activation_pick: None, weights: has_weights(pick) });
    }
    rows
}

/// What each pick makes of samples of shape `input` in a network of so many `outputs`; up to the first that cannot take what comes in, and why not.
#[must_use]
pub fn outline(model: &[Pick], input: &Shape, outputs: usize) -> (Vec<Outline>, Option<(usize, String)>) {
    let mut shape = input.clone();
    let mut outlines: Vec<Outline> = Vec::new();
    for (i, pick) in model.iter().enumerate() {
        match layers::plan(pick, &shape, i + 1) {
            Ok(mut layer) => {
                layer.answer(outputs);
                let before = |at: usize| at.checked_sub(1).map_or(input, |last: usize| &outlines[last].shape);
                if let Err(reason) = layers::check_skip(layer.as_ref(), i, &shape, before) {
                    return (outlines, Some((i, reason)));
                }
                shape = layer.output().clone();
                let params = layer.tensors().iter().map(|t| t.len() as u64).sum();
                outlines.push(Outline { shape: shape.clone(), params, macs: layer.macs() });
            }
            Err(crate::engine::error::SpecError::Layer { reason, .. }) => return (outlines, Some((i, reason))),
            Err(error) => return (outlines, Some((i, error.to_string()))),
        }
    }
    (outlines, None)
}

/// All layers that follow from an experiment, the output layer last, for samples of shape `input`.
#[must_use]
pub fn complete(experiment: &Experiment, input: &Shape, outputs: usize) -> Arc<Vec<Pick>> {
    let (outlines, _) = outline(&experiment.model, input, outputs);
    let last = outlines.last().map_or(input, |o| &o.shape);
    Arc::new(experiment.layers(last.0.len() > 1, outputs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_say_what_they_have_so_many_of() {
        let word = |key| size_word(&Pick::new(key));
        assert_eq!((word("dense"), word("conv2d")), (Some("neuron"), Some("filter")));
        assert_eq!(["rnn", "lstm", "gru"].map(word), [Some("unit"); 3]);
        assert_eq!(["depthwise", "attention", "embedding", "maxpool", "relu", "none"].map(word), [None; 6]);
    }

    #[test]
    fn rows_join_a_layer_and_its_activation() {
        let model = Experiment::default().model;
        let rows = rows(&model);
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[1].at, rows[1].activation), (2, Some(3)));
        let alone = [Pick::new("relu"), Pick::new("flatten"), Pick::new("relu")];
        assert_eq!(super::rows(&alone).len(), 3, "an activation behind no weights stands alone");
    }

    #[test]
    fn layers_grow_and_shrink_by_a_unit() {
        let model = Experiment::default().model;
        let units = |m: Option<Vec<Pick>>, at: usize| m.and_then(|m| size(&m[at]));
        assert_eq!((units(resize(&model, 0, "dense", 1.0), 0), units(resize(&model, 2, "dense", -1.0), 2)), (Some(65.0), Some(31.0)));
        let one = [Pick::new("dense").with("units", 1.0), Pick::new("conv2d")];
        assert_eq!(resize(&one, 0, "dense", -1.0), None, "a layer keeps a unit");
        assert_eq!((resize(&one, 0, "conv2d", 1.0), resize(&one, 7, "dense", 1.0), resize(&model, 1, "relu", 1.0)), (None, None, None));
        assert!(resize(&one, 1, "conv2d", 1.0).is_some());
    }

    #[test]
    fn outlines_say_where_a_shape_does_not_fit() {
        let model = [Pick::new("flatten"), Pick::new("dense").with("units", 64.0), Pick::new("relu")];
        let (outlines, error) = outline(&model, &Shape(vec![28, 28, 1]), 10);
        assert_eq!((outlines[1].params, outlines[1].macs, error), (784 * 64 + 64, 784 * 64, None));
        let (outlines, error) = outline(&[Pick::new("conv2d")], &Shape(vec![12]), 10);
        assert!(outlines.is_empty());
        assert!(error.is_some_and(|(at, reason)| at == 0 && reason.contains("image")));
        // The head of an exit answers as the network does.
        let exit = [Pick::new("conv2d").with("filters", 4.0), Pick::new("exit")];
        let (outlines, _) = outline(&exit, &Shape(vec![5, 5, 1]), 10);
        assert_eq!((outlines[1].params, outlines[1].macs, &outlines[1].shape.0[..]), (50, 40, &[5, 5, 4][..]));
        // The two ends of a skip connection have one shape, and the input may be one.
        let skip = |units: f64| [Pick::new("dense").with("units", units), Pick::new("relu"), Pick::new("add").with("back", 2.0)];
        assert_eq!(outline(&skip(12.0), &Shape(vec![12]), 10).1, None);
        let (outlines, error) = outline(&skip(5.0), &Shape(vec![12]), 10);
        assert_eq!(outlines.len(), 2);
        assert!(error.is_some_and(|(at, reason)| at == 2 && reason.contains("12 came in 2 layers before and 5 comes in here")));
    }
}
