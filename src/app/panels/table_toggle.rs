//! From a drawing to the numbers behind it, and back.

use crate::app::live::live;
use leptos::prelude::*;

/// A button that shows a drawing as a table.
#[component]
pub fn TableToggle(
    /// Whether the table is shown.
    shown: RwSignal<bool>,
    /// What the table holds: "Loss".
    of: &'static str,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="quiet"
            aria-pressed=live(move || shown.get().to_string())
            aria-label=format!("{of} as a table")
            on:click=move |_| shown.update(|s| *s = !*s)
        >
            "Table"
        </button>
    }
}
