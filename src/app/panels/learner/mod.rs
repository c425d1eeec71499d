//! What a learner is made of, in the place of the network: a tree, bars of weights and importances, counts.

mod bars;
mod drawing;
mod node_table;

use std::sync::Arc;

use leptos::prelude::*;

use bars::Bars;
use drawing::TreeDrawing;

use crate::{
    app::live::{Show, live},
    engine::learners::Description,
    protocol::{DataReport, LearnerReport},
    state::look::tree::counts,
};

/// The model as it was fitted, or the small one.
#[component]
pub fn LearnerStage(
    /// What both are made of; `None` before the first comparison.
    #[prop(into)]
    report: Signal<Option<Arc<LearnerReport>>>,
    /// The data, for names.
    #[prop(into)]
    data: Signal<Option<Arc<DataReport>>>,
    /// Asks for another tree.
    on_look: Callback<usize>,
) -> impl IntoView {
    let small = RwSignal::new(false);
    let side = Memo::new(move |_| report.with(|r| r.as_ref().map(|r| if small.get() { r.optimized.clone() } else { r.baseline.clone() })));
    let with = move |f: fn(&Description) -> bool| side.with(|d| d.as_ref().is_some_and(f));
    let fitted = move || {
        report.with(|r| r.as_ref().map(|r| if r.done < r.of { format!("{} of {} {}", r.done, r.of, r.unit) } else { String::new() }))
    };
    let words = live(move || match side.with(|d| d.as_ref().map(counts)) {
        None => "What it learns appears here after its first steps.".into(),
        Some(counts) => {
            let parts = [counts, fitted().unwrap_or_default()];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
        }
    });
    let button = move |name: &'static str, which: bool| {
        let pressed = live(move || (small.get() == which).to_string());
        view! { <button type="button" class="quiet" aria-pressed=pressed on:click=move |_| small.set(which)>{name}</button> }
    };
    let notes = live(move || {
        side.with(|d| d.as_ref().map(|d| d.notes.clone()).unwrap_or_default())
            .into_iter()
            .map(|note| view! { <p class="muted">{note}</p> })
            .collect_view()
    });
    view! {
        <div class="learner" data-testid="learner">
            <div class="panel-head">
                <div class="panel-switch" role="group" aria-label="Shown model">{button("Baseline", false)} {button("Optimized", true)}</div>
                <p class="muted" data-testid="learner-counts">{words}</p>
            </div>
            <Show when=move || with(|d| d.trees > 0)>
                <TreeDrawing report data small on_look />
            </Show>
            <Show when=move || with(|d| !d.coefficients.is_empty())>
                <Bars of="Weights" side data values=|d| d.coefficients.clone() />
            </Show>
            <Show when=move || with(|d| !d.importances.is_empty())>
                <Bars of="Importances" side data values=|d| d.importances.clone() />
            </Show>
            {notes}
        </div>
    }
}
