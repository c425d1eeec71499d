//! "Find one for me": limits, the search for a recipe that keeps them, and what it found.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use super::recipe::{ExperimentNumber, field};
use crate::{
    app::{
        controls::Stage,
        desk::Desk,
        solver::{self, Seeking},
    },
    state::{Task, budget::Row},
};

/// The three limits, a button, and the recipes that nothing beats.
#[component]
pub(in crate::app) fn RecipeSearch() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    let shown = solver::shown();
    let seeking: Signal<Option<Arc<Seeking>>> = Signal::derive(move || shown.get());
    let running = Memo::new(move |_| seeking.with(|s| s.as_ref().is_some_and(|s| s.running)));
    let why_not = Memo::new(move |_| {
        if !parts.experiment.with(|e| e.goal.is_limited()) {
            Some("Set a limit first.")
        } else if parts.compared.with(Option::is_none) || !desk.page.with(|p| p.checkpoint.is_some()) {
            Some("There is no trained model yet.")
        } else {
            None
        }
    });
    let start = move || {
        view! {
            <button
                type="button"
                class="button button-strong"
                data-testid="solve"
                disabled=move || why_not.get().is_some()
                on:click=move |_| solver::begin(desk)
            >
                "Find one for me"
            </button>
            <span class="muted">{live(move || why_not.get())}</span>
        }
    };
    let progress = move || {
        let share = move || seeking.with(|s| s.as_ref().map_or(0.0, |s| s.search.share()));
        view! {
            <button type="button" class="button" data-testid="solve-stop" on:click=move |_| solver::stop()>"Cancel"</button>
            <progress aria-label="Search" max="1" prop:value=share></progress>
        }
    };
    let opened = parts.experiment.with_untracked(|e| e.goal.is_limited());
    let words = live(move || {
        let seeking = seeking.get()?;
        if seeking.running {
            let waits = if seeking.paused { " Training stands still meanwhile, and goes on after." } else { "" };
            return Some(format!("Recipes are tried in workers beside the run.{waits}"));
        }
        Some(match &seeking.trouble {
            Some(reason) => format!("The search ended early: {reason}"),
            None => format!("{} {}", seeking.search.words(parts.task.get()), seeking.search.judged_on()),
        })
    });
    view! {
        <details class="seek" data-testid="recipe-search" open=opened>
            <summary>"Find a recipe within limits of size, loss and time"</summary>
            <div class="seek-limits">
                {["maxkb", "maxdrop", "maxms"].map(|key| field(key).map(|field| view! { <ExperimentNumber field /> })).collect_view()}
            </div>
            <div class="seek-head">
                <Show when=move || running.get() fallback=start>{progress()}</Show>
            </div>
            <p role="status" data-testid="solve-words">{words}</p>
            {live(move || seeking.get().map(|s| found(&s, parts.task.get(), desk)))}
        </details>
    }
}

/// The front as a table.
fn found(seeking: &Seeking, task: Task, desk: Desk) -> Option<impl IntoView + use<>> {
    let rows = seeking.search.rows(task);
    if rows.is_empty() {
        return None;
    }
    let row = |row: Row| {
        let steps = seeking.search.plan(row.id).recipe.clone();
        let strong = if row.picked { "button button-strong" } else { "quiet" };
        view! {
            <tr class:seek-pick=row.picked>
                <th scope="row">{row.recipe}</th>
                <td class="num">{row.score} " " <span class="muted">{row.change} {row.test.map(|t| format!("; test {t}"))}</span></td>
                <td class="num">{row.bytes}</td>
                <td class="num">{row.time}</td>
                <td>
                    <button type="button" class=strong on:click=move |_| desk.edit_recipe(Stage::Done, &steps)>"Use this recipe"</button>
                </td>
            </tr>
        }
    };
    Some(view! {
        <div class="panel-table" tabindex="0" role="region" aria-label="Recipes that no other beats in bytes and score">
            <table class="table" data-testid="solve-table">
                <thead>
                    <tr>
                        <th scope="col">"Recipe"</th>
                        <th scope="col" class="num">{task.score_name()}</th>
                        <th scope="col" class="num">"File"</th>
                        <th scope="col" class="num">"Time"</th>
                        <td></td>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    })
}
