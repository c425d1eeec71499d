//! What each column of a table is to both models: bars with their errors, which are a table.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    app::live::live,
    protocol::{DataReport, ImportanceNews},
    state::{
        Task,
        look::importance::{Bar, MOST, Row, refusal, rows, words},
    },
};

/// Permutation importance, on request; where data has no columns, why.
#[component]
pub fn PermutationImportance(
    /// Where it stands, and of which step.
    #[prop(into)]
    news: Signal<Option<Arc<(u64, ImportanceNews)>>>,
    /// The data, for names of columns.
    #[prop(into)]
    data: Signal<Option<Arc<DataReport>>>,
    /// Accuracy or R².
    #[prop(into)]
    task: Signal<Task>,
    /// Whether there are models to ask.
    #[prop(into)]
    ready: Signal<bool>,
    /// Asks for it, or has it stopped.
    on_ask: Callback<bool>,
) -> impl IntoView {
    let working = Memo::new(move |_| news.with(|n| matches!(n.as_deref(), Some((_, ImportanceNews::Working(_))))));
    let refused = Memo::new(move |_| data.with(|d| d.as_deref().and_then(refusal)));
    let table = Memo::new(move |_| {
        let found = news.get();
        let Some((_, ImportanceNews::Done(found))) = found.as_deref() else { return Vec::new() };
        data.with(|data| rows(found, data.as_deref()))
    });
    let head = live(move || match refused.get() {
        Some(reason) => format!("Permutation importance: {reason}."),
        None => table.with(|rows| words(news.get().as_deref(), rows, task.get())),
    });
    let button = live(move || {
        refused.get().is_none().then(|| {
            view! {
                <button
                    type="button"
                    class="quiet"
                    data-testid="importance-ask"
                    disabled=live(move || !ready.get())
                    on:click=move |_| on_ask.run(!working.get_untracked())
                >
                    {live(move || if working.get() { "Stop" } else { "Shuffle columns" })}
                </button>
            }
        })
    });
    let body = live(move || {
        let rows = table.get();
        let repeats = match news.get().as_deref() {
            Some((_, ImportanceNews::Done(found))) => found.repeats,
            _ => 0,
        };
        (!rows.is_empty()).then(|| {
            let more = if rows.len() == MOST { format!(" The {MOST} that count most.") } else { String::new() };
            let caption = format!(
                "Loss of {} when that column alone is shuffled, mean ± standard deviation of {repeats} times. Columns are inputs as the model sees them, encoded and behind feature steps. Of columns that say the same, each may cost little.{more}",
                task.get().score_name(),
            );
            view! {
                <div class="panel-table" tabindex="0" role="region" aria-label="Permutation importance, table">
                    <table class="table" data-testid="importance-table">
                        <caption class="muted">{caption}</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Column"</th>
                                <td aria-hidden="true"></td>
                                <th scope="col" class="num">"Baseline"</th>
                                <th scope="col" class="num">"Optimized"</th>
                            </tr>
                        </thead>
                        <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                    </table>
                </div>
            }
        })
    });
    view! {
        <section class="importance" data-testid="importance" aria-label="Permutation importance">
            <div class="panel-head">
                <p role="status">{head}</p>
                {button}
            </div>
            {body}
        </section>
    }
}

fn row(row: Row) -> impl IntoView {
    let [baseline, optimized] = row.bars;
    let [of_baseline, of_optimized] = row.said;
    view! {
        <tr>
            <th scope="row">{row.column}</th>
            <td class="importance-bars" aria-hidden="true">{track("bar bar-baseline", baseline)} {track("bar bar-optimized", optimized)}</td>
            <td class="num">{of_baseline}</td>
            <td class="num">{of_optimized}</td>
        </tr>
    }
}

/// A bar and its error on the scale of all.
fn track(class: &'static str, of: Bar) -> impl IntoView {
    let percent = |v: f64| format!("{v:.2}%");
    view! {
        <span class="importance-track">
            <span class=class style:left=percent(of.bar.0) style:width=percent(of.bar.1)></span>
            <span class="importance-error" style:left=percent(of.error.0) style:width=percent(of.error.1)></span>
        </span>
    }
}
