//! What sets two experiments apart, in the words of the page.

use std::collections::BTreeSet;

use super::{
    Effect, Experiment, FIELDS, LAYER_LISTS, LISTS, Link, MODEL, PICKS, PickList,
    csv::{COLUMNS_KEY, FILE_KEY},
    hand::{CUT_KEY, KEEP_KEY},
    table::SEED_KEY,
    teacher::{TEACHER_KEY, teachers},
};
use crate::engine::{
    catalog::{Info, Pick},
    data::painted::POINTS_KEY,
    layers,
    losses::FORMULA_KEY,
    params::{ParamSpec, Scale},
};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Link key: `lr`, `opt`, `opt.beta1`, `model`, `model.2.rate` (layers counted from 1), `seed`.
    pub key: String,
    /// What the page calls it.
    pub label: String,
    /// The value before.
    pub from: String,
    /// The value after.
    pub to: String,
    /// Whether a run takes it over, or has to begin anew.
    pub effect: Effect,
}

/// Every difference between `a` and `b`, in the order of the tables; empty when they are the same experiment.
#[must_use]
pub fn diff(a: &Experiment, b: &Experiment) -> Vec<Change> {
    let mut changes = Vec::new();
    for field in PICKS {
        let (from, to) = ((field.get)(a), (field.get)(b));
        let info = |pick: &Pick| field.listing.find(&pick.key).ok().copied();
        if from.key == to.key {
            settings(&mut changes, field.key, info(from), (from, to), field.effect);
        } else {
            let label = |pick: &Pick| info(pick).map_or_else(|| pick.key.clone(), |i| i.label.into());
            changes.push(change(field.key, field.label, label(from), label(to), field.effect));
        }
    }
    for list in LISTS {
        entries(&mut changes, list, (list.get)(a), (list.get)(b));
    }
    for field in FIELDS {
        let (from, to) = ((field.get)(a), (field.get)(b));
        if from != to {
            changes.push(change(field.spec.key, field.spec.label, text(&field.spec, from), text(&field.spec, to), field.effect));
        }
    }
    let hands = [(CUT_KEY, "Links pruned by hand", &a.hand.cut, &b.hand.cut), (KEEP_KEY, "Links kept by hand", &a.hand.keep, &b.hand.keep)];
    for (key, label, from, to) in hands {
        if from != to {
            changes.push(change(key, label, counted(from), counted(to), Effect::Live));
        }
    }
    for list in LAYER_LISTS {
        let text = |e: &Experiment| if (list.get)(&e.compress).is_empty() { "none".into() } else { list.write(&e.compress) };
        if (list.get)(&a.compress) != (list.get)(&b.compress) {
            changes.push(change(list.key, list.label, text(a), text(b), Effect::Live));
        }
    }
    if a.formula != b.formula {
        let text = |formula: &str| if formula.is_empty() { "none".into() } else { formula.to_string() };
        changes.push(change(FORMULA_KEY, "Formula of the loss", text(&a.formula), text(&b.formula), Effect::Live));
    }
    if a.teacher != b.teacher {
        let text = |list: &str| named(&teachers(list).map(|t| t.name).collect::<Vec<_>>().join(", "), "none");
        let listens = a.train.distill > 0.0 || b.train.distill > 0.0;
        changes.push(change(
            TEACHER_KEY,
            "Teachers",
            text(&a.teacher),
            text(&b.teacher),
            if listens { Effect::Restart } else { Effect::Live },
        ));
    }
    if a.csv.file != b.csv.file {
        changes.push(change(FILE_KEY, "File", named(a.csv.name(), "none"), named(b.csv.name(), "none"), Effect::Restart));
    }
    if a.csv.columns != b.csv.columns {
        let (from, to) = (named(&a.csv.columns, "as they seem"), named(&b.csv.columns, "as they seem"));
        changes.push(change(COLUMNS_KEY, "Columns", from, to, Effect::Restart));
    }
    if a.points != b.points {
        let many = |points: &str| if points.is_empty() { "those to begin with".into() } else { (points.len() / 4).to_string() };
        changes.push(change(POINTS_KEY, "Points", many(&a.points), many(&b.points), Effect::Restart));
    }
    if a.seed != b.seed {
        changes.push(change(SEED_KEY, "Seed", a.seed.to_string(), b.seed.to_string(), Effect::Restart));
    }
    changes
}

/// What a changed setting of the layer or activation `key` does to a run: those that leave shapes and weights alone are taken over.
#[must_use]
pub fn layer_effect(key: &str) -> Effect {
    if layers::live(key) { Effect::Live } else { Effect::Restart }
}

fn entries(changes: &mut Vec<Change>, list: &PickList, a: &[Pick], b: &[Pick]) {
    if a.iter().map(|p| &p.key).eq(b.iter().map(|p| &p.key)) {
        for (i, (from, to)) in a.iter().zip(b).enumerate() {
            let effect = if list.key == MODEL.key { layer_effect(&from.key) } else { list.effect };
            settings(changes, &format!("{}.{}", list.key, i + 1), list.info(&from.key), (from, to), effect);
        }
    } else {
        changes.push(change(list.key, list.label, listed(list, a), listed(list, b), list.effect));
    }
}

/// Differences between the settings of two picks of one entry; one that is not set has its default.
fn settings(changes: &mut Vec<Change>, path: &str, info: Option<Info>, (from, to): (&Pick, &Pick), effect: Effect) {
    let Some(info) = info else { return };
    for spec in info.params {
        let (before, after) = (from.get(spec), to.get(spec));
        if before != after {
            let label = format!("{} {}", info.label, spec.label);
            changes.push(change(&format!("{path}.{}", spec.key), &label, text(spec, before), text(spec, after), effect));
        }
    }
}

fn change(key: &str, label: &str, from: String, to: String, effect: Effect) -> Change {
    Change { key: key.into(), label: label.into(), from, to, effect }
}

/// A value as people read it: a choice by its label.
fn text(spec: &ParamSpec, value: f64) -> String {
    match spec.scale {
        Scale::Choice(words) => words.get(value as usize).map_or_else(|| value.to_string(), |w| w.label.into()),
        _ => spec.format(value),
    }
}

fn named(text: &str, none: &str) -> String {
    if text.is_empty() { none.into() } else { text.into() }
}

fn counted(links: &BTreeSet<Link>) -> String {
    if links.is_empty() { "none".into() } else { links.len().to_string() }
}

fn listed(list: &PickList, picks: &[Pick]) -> String {
    let label = |pick: &Pick| {
        let info = list.info(&pick.key);
        let first = info.and_then(|i| i.params.first()).map(|s| format!(" {}", text(s, pick.get(s)))).unwrap_or_default();
        format!("{}{first}", info.map_or(pick.key.as_str(), |i| i.label))
    };
    if picks.is_empty() { list.none.into() } else { picks.iter().map(label).collect::<Vec<_>>().join(", ") }
}
