//! What the builder does to a model: rows are added, removed, moved, and given activations.

use std::ops::Range;

use super::{
    Pick, Row, has_weights, is_activation, rows,
    skips::{Placed, settle},
};
use crate::engine::layers;

/// Layers as they are, each at its place.
fn as_is(model: &[Pick], places: impl IntoIterator<Item = usize>) -> Vec<Placed> {
    places.into_iter().map(|at| (model[at].clone(), Some(at))).collect()
}

/// A row and its activation.
fn span(row: &Row) -> Range<usize> {
    row.at..row.activation.unwrap_or(row.at) + 1
}

/// The activation that the model's last layers have.
#[must_use]
pub fn habit(model: &[Pick]) -> Pick {
    model.iter().rfind(|pick| is_activation(pick)).cloned().unwrap_or_else(|| Pick::new("relu"))
}

/// Adds the layer `key` behind row `after` (at the front for `None`); with weights it brings an activation like its neighbours'.
pub fn add(model: &mut Vec<Pick>, after: Option<usize>, key: &str) {
    let pick = Pick::new(key);
    let activation = (has_weights(&pick) && !layers::bends(key)).then(|| habit(model));
    insert(model, after, [pick].into_iter().chain(activation).collect());
}

/// Puts layers behind row `after`, at the front for `None`.
pub fn insert(model: &mut Vec<Pick>, after: Option<usize>, picks: Vec<Pick>) {
    let at = after.and_then(|row| rows(model).get(row).map(|row| span(row).end)).unwrap_or(0);
    let mut placed = as_is(model, 0..model.len());
    placed.splice(at..at, picks.into_iter().map(|pick| (pick, None)));
    settle(model, placed, &(0..0));
}

/// Takes row `row` out, its activation with it.
pub fn remove(model: &mut Vec<Pick>, row: usize) {
    if let Some(gone) = rows(model).get(row).map(span) {
        let placed = as_is(model, (0..model.len()).filter(|at| !gone.contains(at)));
        settle(model, placed, &gone);
    }
}

/// Moves row `row` by one place up (`-1`) or down (`1`), its activation with it; where it is then.
pub fn shift(model: &mut Vec<Pick>, row: usize, by: isize) -> usize {
    match row.checked_add_signed(by) {
        Some(target) => carry(model, row, target),
        None => row,
    }
}

/// Where a row that is dropped at height `y` lands among rows whose middles lie at `middles`: before the first whose middle is
/// below it, from 0 to the number of rows.
#[must_use]
pub fn gap(middles: &[f64], y: f64) -> usize {
    middles.iter().take_while(|m| **m < y).count()
}

/// Moves row `row` into a gap between rows as they are, counted from 0 above the first; where it is then.
pub fn drop_into(model: &mut Vec<Pick>, row: usize, gap: usize) -> usize {
    let last = rows(model).len().saturating_sub(1);
    carry(model, row, if gap > row { gap - 1 } else { gap }.min(last))
}

/// Has row `row` stand as row `target`; where it is then.
fn carry(model: &mut Vec<Pick>, row: usize, target: usize) -> usize {
    let mut spans: Vec<_> = rows(model).iter().map(span).collect();
    if row >= spans.len() || target >= spans.len() {
        return row;
    }
    let moved = spans.remove(row);
    spans.insert(target, moved.clone());
    let placed = as_is(model, spans.into_iter().flatten());
    settle(model, placed, &moved);
    target
}

/// Sets or clears the activation behind row `row`.
pub fn activate(model: &mut Vec<Pick>, row: usize, key: Option<&str>) {
    let Some(row) = rows(model).into_iter().nth(row) else { return };
    match (row.activation, key) {
        (Some(at), Some(key)) => model[at] = Pick::new(key),
        (Some(at), None) => {
            let placed = as_is(model, (0..model.len()).filter(|i| *i != at));
            settle(model, placed, &(at..at + 1));
        }
        (None, Some(key)) => {
            let mut placed = as_is(model, 0..model.len());
            // What begins behind the layer begins behind its activation then.
            placed.insert(row.at + 1, (Pick::new(key), Some(row.at)));
            settle(model, placed, &(0..0));
        }
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Experiment;

    fn keys(model: &[Pick]) -> Vec<&str> {
        model.iter().map(|p| p.key.as_str()).collect()
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
