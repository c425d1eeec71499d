//! The links into one unit as a table, with a button for each: the drawing for those who cannot point.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use crate::{
    app::controls::WeightBox,
    experiment,
    protocol::{DataReport, ModelReport, NetworkView},
    state::look::{
        network::MaskEdit,
        unit_words::{Link, Words, signed},
    },
};

/// Links into the opened unit.
#[component]
pub fn UnitLinks(
    /// The network.
    view: Signal<Option<Arc<NetworkView>>>,
    /// Its layers.
    model: Signal<Option<Arc<ModelReport>>>,
    /// The data.
    data: Signal<Option<Arc<DataReport>>>,
    /// Column and row of the unit; `None` closes the table.
    opened: RwSignal<Option<(usize, usize)>>,
    /// Asked when a link is pruned or revived.
    on_mask: Callback<MaskEdit>,
    /// Asked when a weight is set to a number.
    on_weight: Callback<(experiment::Link, f32)>,
) -> impl IntoView {
    let with = move |f: &dyn Fn(&Words<'_>) -> Vec<(String, String)>| {
        let (view, model, data) = (view.get(), model.get(), data.get());
        view.map(|v| f(&Words { view: &v, model: model.as_deref(), data: data.as_deref() })).unwrap_or_default()
    };
    // Names change only with the network's shape, so the list is not rebuilt while it is open.
    let units = Memo::new(move |_| {
        with(&|words| {
            let columns = words.view.columns.iter().enumerate();
            columns.flat_map(|(c, column)| (0..column.units.len()).map(move |r| (format!("{c}.{r}"), words.unit(c, r)))).collect()
        })
    });
    let links = move || -> Vec<Link> {
        let (Some(view), Some((c, row))) = (view.get(), opened.get()) else { return Vec::new() };
        let (model, data) = (model.get(), data.get());
        Words { view: &view, model: model.as_deref(), data: data.as_deref() }.links(c, row)
    };
    let count = Memo::new(move |_| links().len());
    let choose = move |e: leptos::ev::Event| {
        let value = event_target_value(&e);
        let parsed = value.split_once('.').and_then(|(c, r)| Some((c.parse().ok()?, r.parse().ok()?)));
        if parsed.is_some() {
            opened.set(parsed);
        }
    };
    let link = move |i: usize| links().into_iter().nth(i);
    view! {
        <div class="net-links" data-testid="network-table">
            <div class="net-links-head">
                <label>
                    "Links into "
                    <select on:change=choose prop:value=live(move || opened.get().map(|(c, r)| format!("{c}.{r}")).unwrap_or_default())>
                        {live(move || {
                            units
                                .get()
                                .into_iter()
                                .map(|(value, name)| {
                                    let chosen = opened.get_untracked().is_some_and(|(c, r)| format!("{c}.{r}") == value);
                                    view! { <option value=value selected=chosen>{name}</option> }
                                })
                                .collect_view()
                        })}
                    </select>
                </label>
                <button type="button" class="quiet" on:click=move |_| opened.set(None)>"Close"</button>
            </div>
            <Show when=move || { count.get() > 0 } fallback=|| view! { <p class="muted">"Nothing links into the input."</p> }>
                <table class="table">
                    <thead>
                        <tr><th scope="col">"From"</th><th scope="col" class="num">"Weight"</th><th scope="col">"State"</th></tr>
                    </thead>
                    <tbody>
                        {live(move || {
                            (0..count.get())
                                .map(|i| {
                                    let from = move || link(i).map(|l| l.from).unwrap_or_default();
                                    let weight = move || link(i).map(|l| signed(l.weight)).unwrap_or_default();
                                    let single = move || link(i).is_some_and(|l| l.single);
                                    let gone = move || link(i).is_some_and(|l| l.edit.keep);
                                    view! {
                                        <tr>
                                            <th scope="row">{from}</th>
                                            <td class="num">
                                                <Show when=move || single() && !gone() fallback=move || view! { <span>{live(weight)}</span> }>
                                                    <WeightBox
                                                        label=Signal::derive(move || format!("Weight from {}", from()))
                                                        value=Signal::derive(move || link(i).map_or(0.0, |l| l.weight))
                                                        on_set=Callback::new(move |value| {
                                                            if let Some(l) = untrack(|| link(i)) { on_weight.run((l.edit.link, value)) }
                                                        })
                                                    />
                                                </Show>
                                            </td>
                                            <td>
                                                <button
                                                    type="button"
                                                    class="quiet"
                                                    aria-label=live(move || format!("{} link from {}", if gone() { "Revive" } else { "Prune" }, from()))
                                                    on:click=move |_| if let Some(l) = untrack(|| link(i)) { on_mask.run(l.edit) }
                                                >
                                                    {live(move || if gone() { "Revive" } else { "Prune" })}
                                                </button>
                                            </td>
                                        </tr>
                                    }
                                })
                                .collect_view()
                        })}
                    </tbody>
                </table>
            </Show>
        </div>
    }
}
