//! What each layer costs, as a table behind the drawing.

use std::sync::Arc;

use crate::app::live::live;
use leptos::prelude::*;

use crate::{
    protocol::ModelReport,
    state::look::footprint::{Row, rows, words},
};

/// Shape, parameters, work and activations of each layer, with totals and the peak.
#[component]
pub fn LayerCosts(
    /// The layers.
    model: Signal<Option<Arc<ModelReport>>>,
    /// Samples of a mini-batch.
    batch: Signal<usize>,
) -> impl IntoView {
    let line = |row: Row| {
        view! {
            <tr>
                <th scope="row">{row.label}</th>
                <td class="num">{row.shape}</td>
                <td class="num">{row.params}</td>
                <td class="num">{row.macs}</td>
                <td class="num">{row.bytes}</td>
            </tr>
        }
    };
    let body = live(move || {
        model.get().map(|m| {
            let (layers, total) = rows(&m);
            (view! { <tbody>{layers.into_iter().map(line).collect_view()}</tbody> }, view! { <tfoot>{line(total)}</tfoot> })
        })
    });
    view! {
        <div class="net-links" data-testid="layer-costs" tabindex="0" role="region" aria-label="Cost of each layer">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Layer"</th>
                        <th scope="col" class="num">"Output"</th>
                        <th scope="col" class="num">"Parameters"</th>
                        <th scope="col" class="num">"Multiply-adds"</th>
                        <th scope="col" class="num">"Activations"</th>
                    </tr>
                </thead>
                {body}
            </table>
            <p class="muted">{live(move || model.get().map(|m| words(&m, batch.get())))}</p>
        </div>
    }
}
