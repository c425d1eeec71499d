//! The address: it holds the whole experiment.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::experiment::Experiment;

const PLAY: &str = "#/play?";

/// What the address asks for.
pub struct Wanted {
    /// The experiment, with defaults for what could not be read.
    pub experiment: Experiment,
    /// What could not be read: link key, and why.
    pub errors: Vec<(String, String)>,
}

/// Reads the address; `None` where it holds no experiment.
#[must_use]
pub fn read() -> Option<Wanted> {
    let hash = window().location().hash().ok()?;
    let query = hash.strip_prefix(PLAY).or_else(|| hash.strip_prefix("#?"))?;
    let (experiment, errors) = seam::read(query);
    Some(Wanted { experiment, errors })
}

/// The address of an experiment, from `#` on.
#[must_use]
pub fn hash(experiment: &Experiment) -> String {
    format!("{PLAY}{}", seam::write(experiment))
}

/// The whole address of an experiment, for the clipboard.
#[must_use]
pub fn href(experiment: &Experiment) -> String {
    let location = window().location();
    let (origin, path) = (location.origin().unwrap_or_default(), location.pathname().unwrap_or_default());
    format!("{origin}{path}{}", hash(experiment))
}

/// Writes the address: as a new entry of the history, or over the current one.
pub fn write(experiment: &Experiment, push: bool) {
    let Ok(history) = window().history() else { return };
    let (hash, title) = (hash(experiment), "");
    // A browser that limits how often the address changes drops some of the changes; the next one brings it up to date.
    let _ = if push {
        history.push_state_with_url(&JsValue::NULL, title, Some(&hash))
    } else {
        history.replace_state_with_url(&JsValue::NULL, title, Some(&hash))
    };
}

mod seam {
    use super::Experiment;

    pub fn write(experiment: &Experiment) -> String {
        js_sys::encode_uri_component(&serde_json::to_string(experiment).unwrap_or_default()).into()
    }

    pub fn read(query: &str) -> (Experiment, Vec<(String, String)>) {
        let text = js_sys::decode_uri_component(query).map(String::from).unwrap_or_default();
        match serde_json::from_str(&text) {
            Ok(experiment) => (experiment, Vec::new()),
            Err(error) => (Experiment::default(), vec![("link".into(), error.to_string())]),
        }
    }
}
