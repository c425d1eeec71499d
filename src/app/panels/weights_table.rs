//! The tables of the weights panel: its bars as numbers, and what compression did to each layer.

use std::sync::Arc;

use crate::app::live::live;
use leptos::prelude::*;

use crate::{
    protocol::Histogram,
    state::{
        format,
        look::weights::{LayerRow, rows},
    },
};

/// The bars as rows.
#[component]
pub fn Bars(histogram: Signal<Option<Arc<Histogram>>>) -> impl IntoView {
    let row = |(from, to, count): (String, String, u32)| {
        view! {
            <tr>
                <td class="num">{from}</td>
                <td class="num">{to}</td>
                <td class="num">{format::count(u64::from(count))}</td>
            </tr>
        }
    };
    let body = live(move || histogram.with(|h| h.as_ref().map(|h| rows(h).into_iter().map(row).collect_view())));
    view! {
        <div class="panel-table" tabindex="0" role="region" aria-label="Weights, table">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col" class="num">"From"</th>
                        <th scope="col" class="num">"To"</th>
                        <th scope="col" class="num">"Living weights"</th>
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
}

/// Every layer with weights; a click shows its histogram.
#[component]
pub fn Layers(
    /// The layers.
    rows: Memo<Vec<LayerRow>>,
    /// The one that is shown.
    layer: Memo<Option<usize>>,
    /// Asks for another.
    on_choose: Callback<usize>,
) -> impl IntoView {
    let count = Memo::new(move |_| rows.with(Vec::len));
    // Rows stay while their numbers change, so that a focused button is not lost.
    let row = move |i: usize| {
        let at = move || rows.with(|rows| rows.get(i).cloned());
        let text = move |get: fn(&LayerRow) -> &String| move || at().map(|r| get(&r).clone()).unwrap_or_default();
        let index = move || at().map(|r| r.layer);
        view! {
            <tr class:table-now=live(move || index() == layer.get())>
                <th scope="row">
                    <button
                        type="button"
                        class="link"
                        aria-pressed=live(move || (index() == layer.get()).to_string())
                        on:click=move |_| if let Some(i) = untrack(index) { on_choose.run(i) }
                    >
                        {text(|r| &r.label)}
                    </button>
                </th>
                <td class="num">{text(|r| &r.zeros)}</td>
                <td class="num">{text(|r| &r.error)}</td>
                <td class="num">{text(|r| &r.snr)}</td>
                <td class="muted">{text(|r| &r.kernel)}</td>
            </tr>
        }
    };
    view! {
        <div class="weights-layers">
            <table class="table">
                <caption class="muted">"Error of the stored weights, pruning included, as a share of their root mean square"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Layer"</th>
                        <th scope="col" class="num">"Zeros"</th>
                        <th scope="col" class="num">"Error"</th>
                        <th scope="col" class="num">"SNR"</th>
                        <th scope="col">"Kernel"</th>
                    </tr>
                </thead>
                <tbody>{live(move || (0..count.get()).map(row).collect_view())}</tbody>
            </table>
        </div>
    }
}
