//! Formulas: the catalogues' LaTeX as MathML, from a table that is loaded when the first help is opened.

use std::collections::HashMap;

use crate::app::live::live;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// Beside the page; written from the catalogues by `tests/formulas.rs`.
const TABLE: &str = "formulas.json";

/// LaTeX to MathML.
type Table = HashMap<String, String>;

/// The table, for every formula of the page.
#[derive(Clone, Copy)]
pub struct Formulas(RwSignal<Option<Table>>, StoredValue<bool>);

impl Formulas {
    /// Provides the table to the components below; nothing is loaded yet.
    pub fn provide() {
        provide_context(Self(RwSignal::new(None), StoredValue::new(false)));
    }

    fn load(self) {
        if self.1.get_value() {
            return;
        }
        self.1.set_value(true);
        leptos::task::spawn_local(async move {
            // Without the table the LaTeX itself is shown, which can be read too.
            if let Some(table) = fetch().await {
                self.0.set(Some(table));
            }
        });
    }
}

async fn fetch() -> Option<Table> {
    let response: Response = JsFuture::from(window().fetch_with_str(TABLE)).await.ok()?.dyn_into().ok()?;
    let text = JsFuture::from(response.ok().then(|| response.text().ok())??).await.ok()?.as_string()?;
    serde_json::from_str(&text).ok()
}

/// A formula of a catalogue.
#[component]
pub fn Formula(
    /// In LaTeX, as the catalogue says it.
    latex: &'static str,
) -> impl IntoView {
    let formulas = expect_context::<Formulas>();
    formulas.load();
    live(move || {
        formulas.0.with(|table| {
            let math = table.as_ref().and_then(|t| t.get(latex)).cloned();
            match math {
                Some(math) => {
                    view! { <div class="formula" inner_html=math tabindex="0" role="group" aria-label="Formula"></div> }.into_any()
                }
                None => view! { <div class="formula"><code>{latex}</code></div> }.into_any(),
            }
        })
    })
}
