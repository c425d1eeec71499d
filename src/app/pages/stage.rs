//! The middle: the network, and what it makes of the data.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    app::{desk::Desk, panels::NetworkDrawing},
    protocol::NetworkView,
    state::look::network::MaskEdit,
};

/// The network and its outputs.
#[component]
pub fn NetworkStage() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let network = Signal::derive(move || desk.parts.view.get().map(|v| Arc::<NetworkView>::clone(&v.network)));
    let mask = Callback::new(move |MaskEdit { layer, from, to, keep }| desk.mask(layer, from, to, keep));
    view! {
        <section class="column stage" aria-labelledby="stage-title">
            <h2 id="stage-title" class="visually-hidden">"Network"</h2>
            <NetworkDrawing view=network model=desk.parts.model data=desk.parts.data on_mask=mask />
        </section>
    }
}
