//! Everything tried as a table: models of the data under way first, those of other data below, each named by its data.

use std::sync::Arc;

use crate::app::live::{For, live};
use leptos::prelude::*;

use super::open_words;

use crate::{
    experiment::Experiment,
    order,
    state::{
        Tried, data_name, format,
        look::pareto::{Cost, front_here},
    },
};

/// Everything tried, the newest first.
#[component]
pub fn Table(
    /// Everything tried.
    tried: Signal<Arc<Vec<Tried>>>,
    /// The experiment under way.
    here: Memo<Arc<Experiment>>,
    /// Opens an experiment.
    on_open: Callback<Arc<Experiment>>,
    /// Whether opening it starts a new run.
    fresh: Callback<Arc<Experiment>, bool>,
) -> impl IntoView {
    // Rows stand still while their numbers move.
    let rows = Memo::new(move |_| {
        tried.with(|all| {
            let mut rows: Vec<usize> = (0..all.len()).rev().collect();
            here.with(|here| order::sort(&mut rows, &|a, b| all[b].compares(here).cmp(&all[a].compares(here))));
            rows
        })
    });
    let fronts = Memo::new(move |_| tried.with(|all| here.with(|here| [Cost::Bytes, Cost::Ms].map(|cost| front_here(all, here, cost)))));
    let row = move |i: usize| {
        let get = move |f: fn(&Tried) -> String| tried.with(|t| t.get(i).map(f).unwrap_or_default());
        let on = live(move || {
            let names =
                fronts.with(|f| f.iter().zip(["size", "time"]).filter(|(f, _)| f.contains(&i)).map(|(_, name)| name).collect::<Vec<_>>());
            names.join(", ")
        });
        let words = Memo::new(move |_| open_words(tried.with(|t| t.get(i).map(|t| t.experiment.clone())).is_some_and(|e| fresh.run(e))));
        let open = move |_| {
            if let Some(experiment) = tried.with_untracked(|t| t.get(i).map(|t| t.experiment.clone())) {
                on_open.run(experiment);
            }
        };
        view! {
            <tr class:table-now=live(move || tried.with(|t| t.get(i).is_some_and(|t| t.current)))>
                <th scope="row">{live(move || get(|t| t.label.clone()))}</th>
                <td>{live(move || get(|t| data_name(&t.experiment.data)))}</td>
                <td class="num">{live(move || get(|t| format::count(t.step)))}</td>
                <td class="num">{live(move || get(|t| t.task.named(t.score)))}</td>
                <td class="num">{live(move || get(|t| format::bytes(t.bytes)))}</td>
                <td class="num">{live(move || get(|t| t.ms.map_or_else(|| "–".into(), format::duration)))}</td>
                <td>{on}</td>
                <td>
                    <button type="button" class="quiet" aria-label=live(move || format!("{}: {}", words.get(), get(|t| t.label.clone()))) on:click=open>{words}</button>
                </td>
            </tr>
        }
    };
    view! {
        <div class="panel-table" tabindex="0" role="region" aria-label="Models tried, table">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Model"</th>
                        <th scope="col">"Data"</th>
                        <th scope="col" class="num">"Step"</th>
                        <th scope="col" class="num">"Score"</th>
                        <th scope="col" class="num">"Size"</th>
                        <th scope="col" class="num">"Time"</th>
                        <th scope="col">"On the front of"</th>
                        <td></td>
                    </tr>
                </thead>
                <tbody><For each=move || rows.get() key=usize::to_string children=row /></tbody>
            </table>
        </div>
    }
}
