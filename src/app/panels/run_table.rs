//! The runs of this visit: what they were, what came out, and what sets them apart from the one under way.

use std::sync::Arc;

use leptos::prelude::*;

use super::open_words;
use crate::{
    experiment::Experiment,
    state::{RunRecord, Task, format, look::runs::differences},
};

/// The runs, newest first. A pinned run is overlaid on the curves and kept over a reload.
#[component]
pub fn RunTable(
    /// The runs.
    #[prop(into)]
    runs: Signal<Arc<Vec<RunRecord>>>,
    /// Accuracy or R².
    #[prop(into)]
    task: Signal<Task>,
    /// Opens a run's experiment.
    on_open: Callback<u32>,
    /// Whether opening an experiment starts a new run.
    fresh: Callback<Arc<Experiment>, bool>,
    /// Pins a run, or not any more.
    on_pin: Callback<(u32, bool)>,
    /// Forgets a run.
    on_remove: Callback<u32>,
) -> impl IntoView {
    // Rows stand still while the numbers of the run under way move.
    let ids = Memo::new(move |_| runs.with(|r| r.iter().rev().map(|r| r.id).collect::<Vec<_>>()));
    let score = move || task.get().score_name().to_lowercase();
    view! {
        <div class="runs" data-testid="runs">
            <Show
                when=move || ids.with(|i| !i.is_empty())
                fallback=|| view! { <p class="muted">"Runs are listed here as soon as the first one begins."</p> }
            >
                <div class="panel-table runs-table" tabindex="0" role="region" aria-label="Runs">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Pin"</th>
                                <th scope="col">"Run"</th>
                                <th scope="col" class="num">"Epochs"</th>
                                <th scope="col" class="num ink-baseline">"Baseline " {score}</th>
                                <th scope="col" class="num ink-optimized">"Optimized " {score}</th>
                                <th scope="col" class="num">"Size"</th>
                                <th scope="col" class="num">"Time"</th>
                                <th scope="col">"Against the run under way"</th>
                                <td></td>
                            </tr>
                        </thead>
                        <tbody>
                            <For each=move || ids.get() key=|id| *id children=move |id| view! { <Row id runs task on_open fresh on_pin on_remove /> } />
                        </tbody>
                    </table>
                </div>
            </Show>
        </div>
    }
}

#[component]
fn Row(
    id: u32,
    runs: Signal<Arc<Vec<RunRecord>>>,
    task: Signal<Task>,
    on_open: Callback<u32>,
    fresh: Callback<Arc<Experiment>, bool>,
    on_pin: Callback<(u32, bool)>,
    on_remove: Callback<u32>,
) -> impl IntoView {
    let open = Memo::new(move |_| {
        let experiment = runs.with(|r| r.iter().find(|r| r.id == id).map(|r| r.experiment.clone()));
        open_words(experiment.is_some_and(|e| fresh.run(e)))
    });
    let get = move |f: fn(&RunRecord) -> String| runs.with(|r| r.iter().find(|r| r.id == id).map(f).unwrap_or_default());
    let is = move |f: fn(&RunRecord) -> bool| runs.with(|r| r.iter().find(|r| r.id == id).is_some_and(f));
    let label = move || get(|r| r.label.clone());
    let score = move |f: fn(&RunRecord) -> Option<f32>| {
        runs.with(|r| r.iter().find(|r| r.id == id).and_then(f)).map_or_else(|| "–".into(), |s| task.get().score(s))
    };
    let apart = Memo::new(move |_| runs.with(|r| differences(r, id)));
    let apart_words = move || match apart.get() {
        None => "under way".to_string(),
        Some(d) if d.is_empty() => "same settings".into(),
        Some(d) => d.join(" · "),
    };
    view! {
        <tr class:table-now=move || is(|r| r.current)>
            <td>
                <button
                    type="button"
                    class="quiet run-pin"
                    aria-pressed=move || is(|r| r.pinned).to_string()
                    aria-label=move || format!("Pin {}", label())
                    on:click=move |_| on_pin.run((id, !untrack(|| is(|r| r.pinned))))
                >
                    {move || if is(|r| r.pinned) { "●" } else { "○" }}
                </button>
            </td>
            <th scope="row">{label}</th>
            <td class="num">{move || get(|r| format!("{:.1}", r.epochs))}</td>
            <td class="num ink-baseline">{move || score(|r| r.score)}</td>
            <td class="num ink-optimized">{move || score(|r| r.optimized_score)}</td>
            <td class="num">{move || get(|r| r.bytes.map_or_else(|| "–".into(), format::bytes))}</td>
            <td class="num">{move || get(|r| r.ms.map_or_else(|| "–".into(), format::duration))}</td>
            <td class="run-apart">{apart_words}</td>
            <td class="run-tools">
                <Show when=move || !is(|r| r.current)>
                    <button type="button" class="quiet" aria-label=move || format!("{}: {}", open.get(), label()) on:click=move |_| on_open.run(id)>{open}</button>
                    <button type="button" class="quiet" aria-label=move || format!("Remove {}", label()) on:click=move |_| on_remove.run(id)>"Remove"</button>
                </Show>
            </td>
        </tr>
    }
}
