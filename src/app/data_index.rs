//! The list of bundled data sets, loaded once it is wanted.

use leptos::{prelude::*, task::spawn_local};
use serde::Deserialize;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::state::{Task, score_words};

/// What the list says of a data set.
#[derive(Clone, Debug, Deserialize)]
pub struct Card {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Length of its file.
    #[serde(default)]
    pub bytes: u64,
    /// Training samples.
    #[serde(default)]
    pub n_train: usize,
    /// Test samples.
    #[serde(default)]
    pub n_test: usize,
    /// Names of its classes; empty for a regression.
    #[serde(default)]
    pub classes: Vec<String>,
    /// What a regression predicts.
    #[serde(default)]
    pub target: Option<Target>,
    /// Shape of one sample.
    #[serde(default)]
    pub shape: Vec<usize>,
    /// What it is.
    #[serde(default)]
    pub description: String,
    /// Where it comes from.
    #[serde(default)]
    pub origin: String,
    /// Where it can be found.
    #[serde(default)]
    pub source_url: String,
    /// Its licence.
    #[serde(default)]
    pub licence: Licence,
    /// The paper.
    #[serde(default)]
    pub citation: String,
    /// Scores to beat.
    #[serde(default)]
    pub baselines: Vec<Baseline>,
}

/// What a regression predicts.
#[derive(Clone, Debug, Deserialize)]
pub struct Target {
    /// Its name.
    pub name: String,
}

/// A licence.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Licence {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// What else to know.
    #[serde(default)]
    pub note: String,
}

/// A score of another method on the same split.
#[derive(Clone, Debug, Deserialize)]
pub struct Baseline {
    /// The method.
    pub model: String,
    /// "accuracy" or "r2".
    pub metric: String,
    /// The score.
    pub value: f64,
}

impl Baseline {
    /// The method and its score: "Logistic regression 90.4 %".
    #[must_use]
    pub fn words(&self) -> String {
        let task = if self.metric == "accuracy" { Task::Classification } else { Task::Regression };
        score_words(&self.model, task, self.value as f32)
    }
}

/// The cards, once loaded; an error in words where they could not be.
#[derive(Clone, Copy)]
pub struct DataIndex {
    cards: RwSignal<Option<Result<Vec<Card>, String>>>,
    asked: StoredValue<bool>,
}

impl DataIndex {
    /// Provides the list; nothing is loaded yet.
    pub fn provide() {
        provide_context(Self { cards: RwSignal::new(None), asked: StoredValue::new(false) });
    }

    /// The cards; asks for them the first time.
    pub fn get(self) -> Option<Result<Vec<Card>, String>> {
        if !self.asked.get_value() {
            self.asked.set_value(true);
            spawn_local(async move { self.cards.set(Some(fetch().await)) });
        }
        self.cards.get()
    }
}

async fn fetch() -> Result<Vec<Card>, String> {
    let words = |e: wasm_bindgen::JsValue| format!("{e:?}");
    let response: Response = JsFuture::from(window().fetch_with_str("data/index.json")).await.map_err(words)?.dyn_into().map_err(words)?;
    if !response.ok() {
        return Err(format!("data/index.json: {}", response.status()));
    }
    let text = JsFuture::from(response.text().map_err(words)?).await.map_err(words)?.as_string().unwrap_or_default();
    serde_json::from_str(&text).map_err(|e| e.to_string())
}
