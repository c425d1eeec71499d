//! What the catalogues say to teach: their texts, and their formulas as MathML, from a table that is loaded when the first help is opened.

use std::collections::HashMap;

use crate::app::live::live;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// Beside the page; written from the catalogues by `tests/texts.rs`.
const FILE: &str = "texts.json";

/// Names of texts and formulas ([`crate::teach`]) to what they say.
type Table = HashMap<String, String>;

/// How far the table is.
enum State {
    Unasked,
    UnderWay,
    There(Table),
    Failed,
}

/// The table, for every text of the page.
#[derive(Clone, Copy)]
pub struct Texts(RwSignal<State>);

impl Texts {
    /// Provides the table to the components below; nothing is loaded yet.
    pub fn provide() {
        provide_context(Self(RwSignal::new(State::Unasked)));
    }

    /// Asks for the table, anew where it did not arrive.
    fn load(self) {
        if self.0.with_untracked(|state| matches!(state, State::UnderWay | State::There(_))) {
            return;
        }
        self.0.set(State::UnderWay);
        leptos::task::spawn_local(async move { self.0.set(fetch().await.map_or(State::Failed, State::There)) });
    }

    /// What `name` stands for, once that is known. Whatever is no name says itself.
    fn say(self, name: &str) -> Result<String, &'static str> {
        if !name.starts_with('#') {
            return Ok(name.into());
        }
        self.0.with(|state| match state {
            State::There(table) => table.get(name).cloned().ok_or("This text is missing."),
            State::Failed => Err("The texts did not arrive: close this and open it again to try once more."),
            State::Unasked | State::UnderWay => Err("Loading …"),
        })
    }
}

async fn fetch() -> Option<Table> {
    let response: Response = JsFuture::from(window().fetch_with_str(FILE)).await.ok()?.dyn_into().ok()?;
    let text = JsFuture::from(response.ok().then(|| response.text().ok())??).await.ok()?.as_string()?;
    serde_json::from_str(&text).ok()
}

/// A text of a catalogue.
#[component]
pub fn Text(
    /// Its name, or the text itself.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    let texts = expect_context::<Texts>();
    texts.load();
    live(move || texts.say(&name).unwrap_or_else(str::to_string))
}

/// A formula of a catalogue.
#[component]
pub fn Formula(
    /// Its name.
    name: &'static str,
) -> impl IntoView {
    let texts = expect_context::<Texts>();
    texts.load();
    live(move || {
        texts
            .say(name)
            .ok()
            .map(|math| view! { <div class="formula" inner_html=math tabindex="0" role="group" aria-label="Formula"></div> })
    })
}
