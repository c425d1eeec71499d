//! Two runs side by side.

use std::sync::Arc;

use crate::app::live::live;
use leptos::prelude::*;

use crate::state::{
    RunRecord,
    look::versus::{Line, versus},
};

/// Results of two runs and every setting that differs, with menus to choose them.
#[component]
pub fn RunVersus(
    /// The runs.
    runs: Signal<Arc<Vec<RunRecord>>>,
    /// Run A and run B; `None` ends the comparison.
    pair: RwSignal<Option<(u32, u32)>>,
) -> impl IntoView {
    let found = Memo::new(move |_| pair.get().and_then(|(a, b)| runs.with(|r| versus(r, a, b))));
    let menu = move |side: usize| {
        let name = ["A", "B"][side];
        let value = move || pair.get().map(|(a, b)| [a, b][side]);
        let set = move |event: leptos::ev::Event| {
            let Ok(id) = event_target_value(&event).parse::<u32>() else { return };
            pair.update(|p| {
                if let Some((a, b)) = p {
                    *[a, b][side] = id;
                }
            });
        };
        let ids = Memo::new(move |_| runs.with(|r| r.iter().rev().map(|r| (r.id, r.tag(), r.label.clone())).collect::<Vec<_>>()));
        let option = move |(id, tag, label): (u32, String, String)| {
            view! { <option value=id.to_string() prop:selected=live(move || value() == Some(id))>{format!("{tag} · {label}")}</option> }
        };
        view! {
            <label class="versus-menu">
                <b>{name}</b>
                <select data-testid=format!("versus-{}", name.to_lowercase()) aria-label=format!("Run {name}") on:change=set>
                    {live(move || ids.get().into_iter().map(option).collect_view())}
                </select>
            </label>
        }
    };
    let line = |l: Line| {
        view! {
            <tr>
                <th scope="row">{l.what}</th>
                <td class="num">{l.a}</td>
                <td class="num">{l.b}</td>
                <td class="num">{l.change}</td>
            </tr>
        }
    };
    let settings = live(move || {
        let Some(found) = found.get() else {
            return view! { <tr><td colspan="4">"One of the two is not here any more."</td></tr> }.into_any();
        };
        if found.settings.is_empty() {
            return view! { <tr><td colspan="4">"Both have the same settings."</td></tr> }.into_any();
        }
        let row = |c: crate::experiment::Change| view! { <tr><th scope="row">{c.label}</th><td>{c.from}</td><td>{c.to}</td><td></td></tr> };
        found.settings.into_iter().map(row).collect_view().into_any()
    });
    view! {
        <div class="panel-head">
            <div class="versus-menus">{menu(0)} {menu(1)}</div>
            <button type="button" class="quiet" data-testid="versus-back" on:click=move |_| pair.set(None)>"Back to all runs"</button>
        </div>
        <div class="panel-table runs-table" tabindex="0" role="region" aria-label="Two runs side by side" data-testid="versus">
            <table class="table versus">
                <thead>
                    <tr>
                        <td></td>
                        <th scope="col" class="num">"A"</th>
                        <th scope="col" class="num">"B"</th>
                        <th scope="col" class="num">"From A to B"</th>
                    </tr>
                </thead>
                <tbody>{live(move || found.get().map(|f| f.results.into_iter().map(line).collect_view()))}</tbody>
                <tbody>
                    <tr class="versus-head"><th scope="rowgroup" colspan="4">"Settings that differ"</th></tr>
                    {settings}
                </tbody>
            </table>
        </div>
    }
}
