//! The whole page.

use leptos::prelude::*;

/// The page.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <div class="app" data-testid="app">
            <header class="bar">
                <h1>"Whittle"</h1>
            </header>
        </div>
    }
}
