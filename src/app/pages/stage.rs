//! The middle: the network, and what it makes of the data.

use leptos::prelude::*;

/// The network and its outputs.
#[component]
pub fn NetworkStage() -> impl IntoView {
    view! {
        <section class="column stage" aria-labelledby="stage-title">
            <h2 id="stage-title" class="visually-hidden">"Network"</h2>
        </section>
    }
}
