//! The runs: what they were, what came out, and what sets them apart from the one under way.

use std::sync::Arc;

use crate::app::live::{For, Show, live};
use leptos::prelude::*;

use super::{open_words, run_versus::RunVersus};
use crate::{
    experiment::Experiment,
    state::{
        RunRecord, format,
        look::{curves::HUES, runs::differences},
    },
};

/// Differences that a row names at once; the rest opens below them.
const FEW: usize = 3;

/// The runs, newest first, or two of them side by side. A pinned run is overlaid on the curves of its data.
#[component]
pub fn RunTable(
    /// The runs.
    #[prop(into)]
    runs: Signal<Arc<Vec<RunRecord>>>,
    /// Opens a run's experiment.
    on_open: Callback<u32>,
    /// Whether opening it starts a new run.
    fresh: Callback<Arc<Experiment>, bool>,
    /// Pins a run, or not any more.
    on_pin: Callback<(u32, bool)>,
    /// Forgets a run.
    on_remove: Callback<u32>,
) -> impl IntoView {
    // Rows stand still while the numbers of the run under way move.
    let ids = Memo::new(move |_| runs.with(|r| r.iter().rev().map(|r| r.id).collect::<Vec<_>>()));
    let versus = RwSignal::new(None::<(u32, u32)>);
    let act = Acts { open: on_open, fresh, pin: on_pin, remove: on_remove, versus };
    view! {
        <div class="runs" data-testid="runs">
            <Show
                when=move || ids.with(|i| !i.is_empty())
                fallback=|| view! { <p class="muted">"Runs are listed here as soon as the first one begins."</p> }
            >
                <Show when=move || versus.get().is_some() fallback=move || view! { <List ids runs act /> }>
                    <RunVersus runs pair=versus />
                </Show>
            </Show>
        </div>
    }
}

/// What can be done with a run.
#[derive(Clone, Copy)]
struct Acts {
    open: Callback<u32>,
    fresh: Callback<Arc<Experiment>, bool>,
    pin: Callback<(u32, bool)>,
    remove: Callback<u32>,
    versus: RwSignal<Option<(u32, u32)>>,
}

#[component]
fn List(ids: Memo<Vec<u32>>, runs: Signal<Arc<Vec<RunRecord>>>, act: Acts) -> impl IntoView {
    let compare = move |_| act.versus.set(ids.with_untracked(|ids| Some((*ids.get(1)?, *ids.first()?))));
    view! {
        <div class="panel-head">
            <p class="muted">"Pinned runs are drawn in the curves of the same data, and all are kept over a reload."</p>
            <button type="button" class="quiet" data-testid="compare-runs" disabled=live(move || ids.with(|i| i.len() < 2)) on:click=compare>
                "Compare two runs"
            </button>
        </div>
        <div class="panel-table runs-table" tabindex="0" role="region" aria-label="Runs">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Pin"</th>
                        <th scope="col">"Run"</th>
                        <th scope="col" class="num">"Epochs"</th>
                        <th scope="col" class="num ink-baseline">"Baseline"</th>
                        <th scope="col" class="num ink-optimized">"Optimized"</th>
                        <th scope="col" class="num">"Size"</th>
                        <th scope="col" class="num">"Time"</th>
                        <th scope="col">"From the run under way to this"</th>
                        <td></td>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || ids.get() key=u32::to_string children=move |id| view! { <Row id runs act /> } />
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(id: u32, runs: Signal<Arc<Vec<RunRecord>>>, act: Acts) -> impl IntoView {
    let get = move |f: fn(&RunRecord) -> String| runs.with(|r| r.iter().find(|r| r.id == id).map(f).unwrap_or_default());
    let is = move |f: fn(&RunRecord) -> bool| runs.with(|r| r.iter().find(|r| r.id == id).is_some_and(f));
    let open = Memo::new(move |_| {
        let experiment = runs.with(|r| r.iter().find(|r| r.id == id).map(|r| r.experiment.clone()));
        open_words(experiment.is_some_and(|e| act.fresh.run(e)))
    });
    let tag = move || get(RunRecord::tag);
    let pinned = Memo::new(move |_| is(|r| r.pinned));
    let hue = move || runs.with(|r| r.iter().find(|r| r.id == id).map_or(0, |r| r.hue));
    let colour = live(move || if pinned.get() { format!("var({})", HUES[hue() % HUES.len()]) } else { "inherit".into() });
    let versus = move |_| {
        let current = runs.with_untracked(|r| r.iter().find(|r| r.current).map(|r| r.id));
        act.versus.set(current.map(|current| (id, current)));
    };
    let apart = Memo::new(move |_| runs.with(|r| differences(r, id)));
    view! {
        <tr class:table-now=live(move || is(|r| r.current))>
            <td>
                <button
                    type="button"
                    class="quiet run-pin"
                    aria-pressed=live(move || pinned.get().to_string())
                    aria-label=live(move || format!("Pin {}", tag()))
                    style:color=colour
                    on:click=move |_| act.pin.run((id, !pinned.get_untracked()))
                >
                    {live(move || if pinned.get() { "●" } else { "○" })}
                </button>
            </td>
            <th scope="row"><b class="run-tag">{tag}</b> " " {live(move || get(|r| r.label.clone()))}</th>
            <td class="num">{live(move || get(|r| if r.experiment.is_network() { format!("{:.1}", r.epochs) } else { "–".into() }))}</td>
            <td class="num ink-baseline">{live(move || get(|r| r.score.map_or_else(|| "–".into(), |s| r.task.named(s))))}</td>
            <td class="num ink-optimized">{live(move || get(|r| r.optimized_score.map_or_else(|| "–".into(), |s| r.task.named(s))))}</td>
            <td class="num">{live(move || get(|r| r.bytes.map_or_else(|| "–".into(), format::bytes)))}</td>
            <td class="num">{live(move || get(|r| r.ms.map_or_else(|| "–".into(), format::duration)))}</td>
            <td class="run-apart">{live(move || apart_words(apart.get()))}</td>
            <td class="run-tools">
                <Show when=move || !is(|r| r.current)>
                    <button type="button" class="quiet" aria-label=live(move || format!("Compare {} with the run under way", tag())) on:click=versus>"Compare"</button>
                    <button type="button" class="quiet" aria-label=live(move || format!("{}: {}", open.get(), tag())) on:click=move |_| act.open.run(id)>{open}</button>
                    <button type="button" class="quiet" aria-label=live(move || format!("Remove {}", tag())) on:click=move |_| act.remove.run(id)>"Remove"</button>
                </Show>
            </td>
        </tr>
    }
}

/// The first differences, and the rest for those who ask.
fn apart_words(apart: Option<Vec<String>>) -> impl IntoView {
    let (first, more) = match apart {
        None => ("under way".to_string(), Vec::new()),
        Some(all) if all.is_empty() => ("same settings".into(), all),
        Some(mut all) => {
            let more = all.split_off(all.len().min(FEW));
            (all.join(" · "), more)
        }
    };
    let more = (!more.is_empty()).then(|| {
        view! { <details><summary>{format!("{} more", more.len())}</summary>{more.join(" · ")}</details> }
    });
    view! { {first} {more} }
}
