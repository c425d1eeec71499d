//! The address: it holds the whole experiment.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::{
    engine::error::SpecError,
    experiment::{Experiment, link},
};

const PLAY: &str = "#/play?";

/// What the address asks for.
pub struct Wanted {
    /// The experiment, with defaults for what could not be read.
    pub experiment: Experiment,
    /// What was ignored, in words.
    pub notices: Vec<String>,
    /// What could not be used.
    pub errors: Vec<SpecError>,
}

/// Reads the address; `None` where it holds no experiment.
#[must_use]
pub fn read() -> Option<Wanted> {
    let hash = window().location().hash().ok()?;
    if !hash.contains('?') && !hash.contains('=') {
        return None;
    }
    let (experiment, notices, errors) = link::decode(&hash);
    Some(Wanted { experiment, notices: notices.iter().map(ToString::to_string).collect(), errors })
}

/// The address of an experiment, from `#` on.
#[must_use]
pub fn hash(experiment: &Experiment) -> String {
    format!("{PLAY}{}", link::encode(experiment))
}

/// The whole address of an experiment, for the clipboard, with a note of the engine build that made its numbers.
#[must_use]
pub fn href(experiment: &Experiment, build: Option<&str>) -> String {
    let location = window().location();
    let (origin, path) = (location.origin().unwrap_or_default(), location.pathname().unwrap_or_default());
    format!("{origin}{path}{}", link::with_engine(hash(experiment), build.and_then(link::engine_name)))
}

/// The engine that made the numbers which the address is about, if it says so.
#[must_use]
pub fn engine() -> Option<String> {
    link::engine_of(&window().location().hash().ok()?)
}

/// Writes the address: as a new entry of the history, or over the current one.
pub fn write(experiment: &Experiment, push: bool) {
    let Ok(history) = window().history() else { return };
    // Which engine is asked for stays asked for.
    let (hash, title) = (link::with_engine(hash(experiment), engine().as_deref()), "");
    // A browser that limits how often the address changes drops some of the changes; the next one brings it up to date.
    let _ = if push {
        history.push_state_with_url(&JsValue::NULL, title, Some(&hash))
    } else {
        history.replace_state_with_url(&JsValue::NULL, title, Some(&hash))
    };
}
