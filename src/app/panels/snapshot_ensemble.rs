//! A snapshot ensemble: several models of one training, and what asking all of them gains and costs.

use crate::app::live::{Show, live};
use leptos::prelude::*;

use crate::{
    app::desk::Desk,
    protocol::LabWish,
    state::look::snapshots::{Row, rows, words},
};

/// Members that are asked at most.
const MEMBERS: usize = 5;

/// Trains one, and shows what came of it.
#[component]
pub fn SnapshotEnsemble(
    /// Who is asked.
    desk: Desk,
) -> impl IntoView {
    let parts = desk.parts;
    let found = Memo::new(move |_| parts.lab.with(|lab| lab.snapshots.clone()));
    let under_way = Memo::new(move |_| found.with(|f| f.as_ref().is_some_and(|f| !f.done)));
    let busy = Signal::derive(move || parts.lab.with(|lab| lab.busy));
    let share = move || found.with(|f| f.as_ref().map_or(0.0, |f| f64::from(f.share)));
    // A schedule without restarts is refused there.
    let error = move || parts.failures.with(|f| f.get("schedule").cloned());
    let row = |row: Row| {
        view! {
            <tr>
                <th scope="row">{row.name}</th>
                <td class="num">{row.score}</td>
                <td class="num">{row.loss}</td>
                <td class="num">{row.bytes}</td>
                <td class="num">{row.alone}</td>
            </tr>
        }
    };
    let body = live(move || {
        let found = found.get().filter(|f| f.done)?;
        let task = parts.task.get();
        Some(view! {
            <p role="status" data-testid="snapshots-words">{words(&found, task)}</p>
            <div class="panel-table" tabindex="0" role="region" aria-label="Snapshots together">
                <table class="table" data-testid="snapshots-table">
                    <thead>
                        <tr>
                            <th scope="col">"Together"</th>
                            <th scope="col" class="num">{task.score_name()}</th>
                            <th scope="col" class="num">"Loss"</th>
                            <th scope="col" class="num">"Files"</th>
                            <th scope="col" class="num">"Earliest alone"</th>
                        </tr>
                    </thead>
                    <tbody>{rows(&found, task).into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        })
    });
    view! {
        <section class="optlab-part" data-testid="snapshots" aria-label="Snapshot ensemble">
            <div class="panel-head">
                <div>
                    <h3>"Snapshot ensemble"</h3>
                    <p class="muted">"A copy trains with warm restarts; the weights at the ends of its last five cycles are asked together (Huang et al. 2017). Together they are one of the models under Pareto."</p>
                </div>
                <Show
                    when=move || under_way.get()
                    fallback=move || view! {
                        <button
                            type="button"
                            class="button"
                            data-testid="snapshots-train"
                            disabled=live(move || busy.get())
                            on:click=move |_| desk.lab(LabWish::Snapshots { members: MEMBERS })
                        >
                            "Train"
                        </button>
                    }
                >
                    <progress aria-label="Snapshot ensemble" max="1" prop:value=share></progress>
                    <button type="button" class="quiet" on:click=move |_| desk.lab(LabWish::Stop)>"Stop"</button>
                </Show>
            </div>
            <p class="control-error" role="status">{live(error)}</p>
            {body}
        </section>
    }
}
