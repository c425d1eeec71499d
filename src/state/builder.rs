//! The model as the builder shows it: a layer with the activation behind it is one row.

use std::sync::Arc;

use crate::{
    engine::{
        activations,
        catalog::{Info, Pick},
        layers,
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

/// Units or filters of a layer that has them.
#[must_use]
pub fn size(pick: &Pick) -> Option<f64> {
    let spec = info(&pick.key)?.params.iter().find(|p| matches!(p.key, "units" | "filters"))?;
    Some(pick.get(spec))
}

/// What a layer has so many of, in the singular; `None` for a layer without a size.
#[must_use]
pub fn size_word(pick: &Pick) -> Option<&'static str> {
    let spec = info(&pick.key)?.params.iter().find(|p| matches!(p.key, "units" | "filters"))?;
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
    let spec = info(key)?.params.iter().find(|p| matches!(p.key, "units" | "filters"))?;
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

/// Adds the layer `key` behind row `after` (at the front for `None`); with weights it brings an activation like its neighbours'.
pub fn add(model: &mut Vec<Pick>, after: Option<usize>, key: &str) {
    let rows = rows(model);
    let at = after.and_then(|row| rows.get(row)).map_or(0, |row| row.activation.unwrap_or(row.at) + 1);
    let pick = Pick::new(key);
    let activation = rows.iter().rev().find_map(|r| r.activation_pick.clone()).unwrap_or_else(|| Pick::new("relu"));
    if has_weights(&pick) && !layers::bends(key) {
        model.insert(at, activation);
    }
    model.insert(at, pick);
}

/// Takes row `row` out, its activation with it.
pub fn remove(model: &mut Vec<Pick>, row: usize) {
    if let Some(row) = rows(model).get(row) {
        let end = row.activation.unwrap_or(row.at);
        model.drain(row.at..=end);
    }
}

/// Moves row `row` by one place up (`-1`) or down (`1`), its activation with it; where it is then.
pub fn shift(model: &mut Vec<Pick>, row: usize, by: isize) -> usize {
    let rows = rows(model);
    let Some(target) = row.checked_add_signed(by).filter(|t| *t < rows.len() && row < rows.len()) else { return row };
    let span = |r: &Row| model[r.at..=r.activation.unwrap_or(r.at)].to_vec();
    let mut spans: Vec<_> = rows.iter().map(span).collect();
    spans.swap(row, target);
    *model = spans.concat();
    target
}

/// Where a row that is dropped at height `y` lands among rows whose middles lie at `middles`: before the first whose middle is
/// below it, from 0 to the number of rows.
#[must_use]
pub fn gap(middles: &[f64], y: f64) -> usize {
    middles.iter().take_while(|m| **m < y).count()
}

/// Moves row `row` into a gap between rows as they are, counted from 0 above the first; where it is then.
pub fn drop_into(model: &mut Vec<Pick>, row: usize, gap: usize) -> usize {
    let rows = rows(model);
    if row >= rows.len() {
        return row;
    }
    let target = if gap > row { gap - 1 } else { gap }.min(rows.len() - 1);
    let span = |r: &Row| model[r.at..=r.activation.unwrap_or(r.at)].to_vec();
    let mut spans: Vec<_> = rows.iter().map(span).collect();
    let moved = spans.remove(row);
    spans.insert(target, moved);
    *model = spans.concat();
    target
}

/// Sets or clears the activation behind row `row`.
pub fn activate(model: &mut Vec<Pick>, row: usize, key: Option<&str>) {
    let Some(row) = rows(model).into_iter().nth(row) else { return };
    match (row.activation, key) {
        (Some(at), Some(key)) => model[at] = Pick::new(key),
        (Some(at), None) => {
            model.remove(at);
        }
        (None, Some(key)) => model.insert(row.at + 1, Pick::new(key)),
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(model: &[Pick]) -> Vec<&str> {
        model.iter().map(|p| p.key.as_str()).collect()
    }

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
    fn rows_are_added_moved_and_removed_whole() {
        let mut model = Experiment::default().model;
        add(&mut model, None, "dense");
        assert_eq!(keys(&model), ["dense", "relu", "dense", "relu", "dense", "relu"]);
        model[0] = Pick::new("dense").with("units", 7.0);
        assert_eq!(shift(&mut model, 0, 1), 1);
        assert_eq!(model[2].params["units"], 7.0);
        assert_eq!(keys(&model), ["dense", "relu", "dense", "relu", "dense", "relu"]);
        assert_eq!(shift(&mut model, 0, -1), 0, "no place above the first");
        assert_eq!(shift(&mut model, 2, 1), 2, "none below the last");
        activate(&mut model, 1, None);
        assert_eq!(keys(&model), ["dense", "relu", "dense", "dense", "relu"]);
        activate(&mut model, 1, Some("relu"));
        remove(&mut model, 0);
        assert_eq!(keys(&model), ["dense", "relu", "dense", "relu"]);
        add(&mut model, Some(1), "flatten");
        assert_eq!(keys(&model), ["dense", "relu", "dense", "relu", "flatten"], "layers without weights come alone");
        remove(&mut model, 99);
        assert_eq!(model.len(), 5);
    }

    #[test]
    fn rows_land_where_they_are_dropped() {
        let dense = |units: f64| Pick::new("dense").with("units", units);
        let model = [dense(1.0), Pick::new("tanh"), Pick::new("dropout"), dense(2.0), dense(3.0), Pick::new("relu")];
        let dropped = |row: usize, gap: usize| {
            let mut model = model.to_vec();
            let at = drop_into(&mut model, row, gap);
            assert_eq!(model.len(), 6, "nothing is lost");
            let name = |r: &Row| if r.pick.key == "dropout" { "d".into() } else { r.pick.params["units"].to_string() };
            (at, rows(&model).iter().map(name).collect::<String>())
        };
        assert_eq!(dropped(0, 0), (0, "1d23".into()), "the gaps around a row leave it where it is");
        assert_eq!(dropped(0, 1), (0, "1d23".into()));
        assert_eq!(dropped(0, 4), (3, "d231".into()));
        assert_eq!(dropped(3, 0), (0, "31d2".into()));
        assert_eq!(dropped(2, 1), (1, "12d3".into()));
        assert_eq!(dropped(2, 99), (3, "1d32".into()), "beyond the last is the end");
        assert_eq!(dropped(9, 0), (9, "1d23".into()));
        let mut moved = model.to_vec();
        drop_into(&mut moved, 0, 4);
        assert_eq!(keys(&moved)[4..], ["dense", "tanh"], "the activation comes along");
        assert_eq!((gap(&[10.0, 30.0, 50.0], 5.0), gap(&[10.0, 30.0, 50.0], 31.0), gap(&[10.0], 99.0), gap(&[], 1.0)), (0, 2, 1, 0));
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

    #[test]
    fn layers_bring_an_activation_where_they_need_one() {
        let added = |key: &str| {
            let mut model = vec![Pick::new("conv2d"), Pick::new("relu")];
            add(&mut model, Some(0), key);
            model.into_iter().map(|p| p.key).collect::<Vec<_>>()
        };
        assert_eq!(added("dense"), ["conv2d", "relu", "dense", "relu"]);
        for key in ["batchnorm", "layernorm", "add", "rnn", "lstm", "gru", "dropout", "exit"] {
            assert_eq!(added(key), ["conv2d", "relu", key]);
        }
    }
}
