//! Experiments as JSON files, with the keys of a link: `{"version": 1, "data": "spiral", "model": ["relu"], "lr": 0.003}`.
//!
//! A catalogue choice is its key as text, or an object with `key` and its settings. Only what differs from
//! [`Experiment::default`] is written, and the version always. `docs/experiment.md` has the whole form.

use serde_json::{Map, Number, Value};

use super::{
    Experiment, LISTS, PICKS, VERSION,
    table::{self, Item, Raw, RawEntry, Read, SEED_KEY, Settings, VERSION_KEY},
};
use crate::engine::{
    catalog::{Info, Pick},
    error::SpecError,
    params::{ParamSpec, Scale},
};

/// The name of an entry, in the object of a choice.
const KEY: &str = "key";
/// What an error about the file as a whole names.
const WHOLE: &str = "experiment";

/// The experiment as JSON text, indented, with a newline at the end.
#[must_use]
pub fn write(experiment: &Experiment) -> String {
    // Text of a map of text, numbers and lists always succeeds.
    serde_json::to_string_pretty(&value(experiment)).unwrap_or_default() + "\n"
}

/// The experiment as a JSON value, for use inside a larger file.
#[must_use]
pub fn value(experiment: &Experiment) -> Value {
    let mut root = Map::new();
    root.insert(VERSION_KEY.into(), VERSION.into());
    for item in table::items(experiment) {
        let (key, value) = match item {
            Item::Number(spec, value) => (spec.key, number(Some(spec), value)),
            Item::Links(key, text) => (key, text.into()),
            Item::Seed(seed) => (SEED_KEY, seed.into()),
            Item::Pick { key, pick, info, .. } => (key, choice(&pick, info.as_ref())),
            Item::List(list, picks) => (list.key, Value::Array(picks.iter().map(|p| choice(p, list.info(&p.key).as_ref())).collect())),
        };
        root.insert(key.into(), value);
    }
    Value::Object(root)
}

/// Reads JSON text. Keys that are unknown are ignored with a notice; a value that cannot be used leaves the default of its key and
/// gives an error, as does a version that is newer than this build. Never fails as a whole, whatever the text.
#[must_use]
pub fn read(text: &str) -> Read {
    match serde_json::from_str(text) {
        Ok(value) => read_value(&value),
        Err(error) => whole(SpecError::Incompatible { field: WHOLE.into(), reason: format!("this is not JSON: {error}") }),
    }
}

/// Reads a JSON value as [`read`] does.
#[must_use]
pub fn read_value(value: &Value) -> Read {
    let Value::Object(root) = value else { return whole(unreadable(WHOLE, value, "a JSON object {…} with an experiment")) };
    let mut raw = Raw::default();
    let mut errors = Vec::new();
    for (key, value) in root {
        if let Some(list) = LISTS.into_iter().find(|l| l.key == key) {
            match value.as_array().map(|entries| entries.iter().map(entry).collect::<Option<Vec<_>>>()) {
                Some(Some(entries)) => raw.lists.push((list, entries)),
                _ => {
                    let expected = format!("a list of {}s, each a text or an object with its key", list.entry);
                    errors.push(unreadable(list.key, value, &expected));
                }
            }
            continue;
        }
        let pick = PICKS.iter().any(|p| p.key == key);
        match value {
            Value::Object(settings) if pick => {
                for (name, value) in settings {
                    let path = if name == KEY { key.clone() } else { format!("{key}.{name}") };
                    raw.values.push((path, text(value)));
                }
            }
            _ => raw.values.push((key.clone(), text(value))),
        }
    }
    let (experiment, notices, more) = table::read(raw);
    errors.extend(more);
    (experiment, notices, errors)
}

fn entry(value: &Value) -> Option<RawEntry> {
    match value {
        Value::String(key) => Some(RawEntry { key: key.clone(), settings: Settings::Named(Vec::new()) }),
        Value::Object(settings) => {
            let key = settings.get(KEY)?.as_str()?.to_string();
            let settings = settings.iter().filter(|(name, _)| *name != KEY).map(|(name, value)| (name.clone(), text(value)));
            Some(RawEntry { key, settings: Settings::Named(settings.collect()) })
        }
        _ => None,
    }
}

/// A number or text as the table reads it; anything else stays JSON and is refused there.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn choice(pick: &Pick, info: Option<&Info>) -> Value {
    if pick.params.is_empty() {
        return pick.key.clone().into();
    }
    let mut object = Map::new();
    object.insert(KEY.into(), pick.key.clone().into());
    // Settings in the order of the catalogue, then those that it does not know.
    let specs = info.map_or(&[][..], |i| i.params);
    for spec in specs {
        if let Some(value) = pick.params.get(spec.key) {
            object.insert(spec.key.into(), number(Some(spec), *value));
        }
    }
    for (key, value) in pick.params.iter().filter(|(key, _)| specs.iter().all(|s| s.key != key.as_str())) {
        object.insert(key.clone(), number(None, *value));
    }
    Value::Object(object)
}

/// A word for choices that are words, else a number, whole where it is.
fn number(spec: Option<&ParamSpec>, value: f64) -> Value {
    if let Some(spec) = spec.filter(|s| matches!(s.scale, Scale::Choice(_))) {
        let word = spec.format(value);
        return word.parse::<u32>().map_or_else(|_| word.into(), Value::from);
    }
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return (value as i64).into();
    }
    Number::from_f64(value).map_or_else(|| value.to_string().into(), Value::Number)
}

fn whole(error: SpecError) -> Read {
    (Experiment::default(), Vec::new(), vec![error])
}

fn unreadable(field: &str, value: &Value, expected: &str) -> SpecError {
    SpecError::Unreadable { field: field.into(), value: short(value).into(), expected: expected.into() }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 60 { text.chars().take(60).chain(['…']).collect() } else { text }
}
