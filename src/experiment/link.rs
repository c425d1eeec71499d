//! Experiments as links: `data=spiral&model=dense:64,relu&opt=adam&opt.beta1=0.8&lr=0.003&prune=0.8&bits=4&seed=3`.
//!
//! Only what differs from [`Experiment::default`] is written. A layer, or a step of a recipe, is `key:value:value…` with its settings in the order of its
//! catalogue entry; an empty one means default, and defaults at the end are left out. `docs/experiment.md` has the whole form.

use super::{
    Experiment, LISTS, PickList,
    table::{self, Item, Raw, RawEntry, Read, SEED_KEY, Settings},
};
use crate::engine::{catalog::Pick, params::ParamSpec};

/// An empty list: `model=none` has no hidden layer.
const NOTHING: &str = "none";

/// Which build of the engine made the numbers that a link is about: a note, no part of the experiment.
const ENGINE_KEY: &str = "engine";

/// The builds that a link can name, plain SIMD and relaxed.
pub const PLAIN: &str = "simd128";
/// See [`PLAIN`].
pub const RELAXED: &str = "relaxed-simd";

/// A build as links name it; `None` for one that they do not.
#[must_use]
pub fn engine_name(build: &str) -> Option<&'static str> {
    [RELAXED, PLAIN].into_iter().find(|name| build.contains(name))
}

/// `link` with the note that `engine` made its numbers.
#[must_use]
pub fn with_engine(link: String, engine: Option<&str>) -> String {
    match engine {
        None => link,
        Some(engine) => format!("{link}{}{ENGINE_KEY}={}", if link.is_empty() || link.ends_with('?') { "" } else { "&" }, escape(engine)),
    }
}

/// The engine that made the numbers of the link `text`, if it says so.
#[must_use]
pub fn engine_of(text: &str) -> Option<String> {
    let pairs = query(text.trim()).split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == ENGINE_KEY).map(|(_, value)| unescape(value)).next_back()
}

/// The query of a link that [`decode`] reads back to the same experiment; empty for the default. Below 2,000 characters for any
/// experiment that is valid.
#[must_use]
pub fn encode(experiment: &Experiment) -> String {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for item in table::items(experiment) {
        match item {
            Item::Number(spec, value) => pairs.push((spec.key.into(), spec.format(value))),
            Item::Links(key, text) => pairs.push((key.into(), text)),
            Item::Seed(seed) => pairs.push((SEED_KEY.into(), seed.to_string())),
            Item::List(list, picks) if picks.is_empty() => pairs.push((list.key.into(), NOTHING.into())),
            Item::List(list, picks) => {
                pairs.push((list.key.into(), picks.iter().map(|pick| entry(list, pick)).collect::<Vec<_>>().join(",")));
            }
            Item::Pick { key, pick, info, named } => {
                if named {
                    pairs.push((key.into(), pick.key.clone()));
                }
                let specs = info.map_or(&[][..], |i| i.params);
                for (name, value) in &pick.params {
                    pairs.push((format!("{key}.{name}"), format_value(specs, name, *value)));
                }
            }
        }
    }
    let pairs: Vec<_> = pairs.iter().map(|(k, v)| format!("{}={}", escape(k), escape(v))).collect();
    pairs.join("&")
}

/// Reads a whole address, its part after `#`, or the bare query. Keys that are unknown are ignored with a notice; a value that
/// cannot be used leaves the default of its key and gives an error. Never fails as a whole, whatever the text.
#[must_use]
pub fn decode(text: &str) -> Read {
    let mut raw = Raw::default();
    for pair in query(text.trim()).split('&').filter(|p| !p.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (unescape(key), unescape(value));
        if let Some(list) = LISTS.into_iter().find(|l| l.key == key) {
            // The last one counts.
            raw.lists.retain(|(other, _)| other.key != key);
            raw.lists.push((list, entries(&value)));
        } else if key != ENGINE_KEY {
            raw.values.push((key, value));
        }
    }
    table::read(raw)
}

/// The query within an address: after `?` in the part after `#`, else after `?` before it.
fn query(text: &str) -> &str {
    let (address, fragment) = text.split_once('#').map_or((text, None), |(a, f)| (a, Some(f)));
    if let Some(fragment) = fragment {
        if let Some((_, query)) = fragment.split_once('?') {
            return query;
        }
        if fragment.contains('=') {
            return fragment;
        }
    }
    match address.split_once('?') {
        Some((_, query)) => query,
        None if fragment.is_some() || address.contains("://") || address.starts_with('/') => "",
        None => address,
    }
}

fn entries(value: &str) -> Vec<RawEntry> {
    if value.is_empty() || value == NOTHING {
        return Vec::new();
    }
    let entry = |text: &str| {
        let mut parts = text.split(':').map(|part| part.trim().to_string());
        RawEntry { key: parts.next().unwrap_or_default(), settings: Settings::Ordered(parts.collect()) }
    };
    value.split(',').map(entry).collect()
}

fn entry(list: &PickList, pick: &Pick) -> String {
    let specs = list.info(&pick.key).map_or(&[][..], |i| i.params);
    let mut text = pick.key.clone();
    let mut skipped = 0;
    for spec in specs {
        match pick.params.get(spec.key) {
            Some(value) => {
                text.extend(std::iter::repeat_n(':', skipped + 1));
                text.push_str(&spec.format(*value));
                skipped = 0;
            }
            None => skipped += 1,
        }
    }
    text
}

fn format_value(specs: &[ParamSpec], key: &str, value: f64) -> String {
    specs.iter().find(|s| s.key == key).map_or_else(|| value.to_string(), |s| s.format(value))
}

/// Percent-encodes all but what links carry safely and readably.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b',' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Undoes percent-encoding; a `%` that begins no code stays as it is, and what is no UTF-8 becomes �.
fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(hex);
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |d: u8| char::from(d).to_digit(16).map(|d| d as u8);
    Some(digit(digits[0])? << 4 | digit(digits[1])?)
}
