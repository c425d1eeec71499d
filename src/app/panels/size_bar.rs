//! Bytes of every form of the model side by side, each with its measured time.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use crate::{
    protocol::{Form, LatencyReport},
    state::{
        Compared,
        look::size::{Part, Row, rows, surprises},
    },
};

/// Bars for the forms of the model file with their times, and a sentence on each thing that surprises about them.
#[component]
pub fn SizeBar(
    /// The last comparison, with its report.
    #[prop(into)]
    compared: Signal<Option<Arc<Compared>>>,
    /// The last full measurement of times.
    #[prop(into)]
    latency: Signal<Option<Arc<LatencyReport>>>,
) -> impl IntoView {
    let with = move |f: &dyn Fn(&Compared, &LatencyReport) -> Vec<Row>| {
        compared.with(|c| c.as_ref().map(|c| latency.with(|l| f(c, l.as_deref().unwrap_or(&c.latency)))).unwrap_or_default())
    };
    let lines = Memo::new(move |_| with(&|c, latency| rows(&c.report, Some(latency))));
    let count = Memo::new(move |_| lines.with(Vec::len));
    let words = Memo::new(move |_| {
        compared.with(|c| {
            let c = c.as_ref()?;
            Some((surprises(&c.report, latency.get().as_deref()), c.report.notes.clone()))
        })
    });
    let words = move || words.get().unwrap_or_default();
    let largest = Memo::new(move |_| lines.with(|l| l.iter().map(|r| r.bytes + r.gone).max().unwrap_or(1).max(1)));
    let bars = move || {
        (0..count.get())
            .map(|i| {
                let row = Memo::new(move |_| lines.with(|l| l.get(i).cloned()));
                view! { <Bar row largest /> }
            })
            .collect_view()
    };
    view! {
        <section class="sizes" data-testid="size-bar" aria-label="File sizes and times">
            <Show when=move || { count.get() > 0 } fallback=|| view! { <p class="muted">"File sizes come with the first comparison."</p> }>
                <table>
                    <caption class="visually-hidden">"Length of the model file in each form, and the time of one sample on it"</caption>
                    <tbody>{live(bars)}</tbody>
                </table>
                <p class="sizes-why">{live(move || words().0.first().cloned())}</p>
                <Show when=move || { words().0.len() + words().1.len() > 1 }>
                    <details class="sizes-more">
                        <summary>"More about these numbers"</summary>
                        <ul>
                            {live(move || {
                                let (why, notes) = words();
                                why.into_iter().skip(1).chain(notes).map(|n| view! { <li>{n}</li> }).collect_view()
                            })}
                        </ul>
                    </details>
                </Show>
            </Show>
        </section>
    }
}

#[component]
fn Bar(row: Memo<Option<Row>>, largest: Memo<u64>) -> impl IntoView {
    let share = move |bytes: fn(&Row) -> u64| {
        let bytes = row.with(|r| r.as_ref().map_or(0, bytes));
        format!("{:.2}%", bytes as f64 / largest.get() as f64 * 100.0)
    };
    let get = move |f: fn(&Row) -> String| row.with(|r| r.as_ref().map(f).unwrap_or_default());
    let is = move |f: fn(&Row) -> bool| row.with(|r| r.as_ref().is_some_and(f));
    view! {
        <tr
            class:sizes-best=live(move || is(|r| r.best))
            class:sizes-dense=live(move || is(|r| r.part == Part::Form(Form::Dense)))
            class:sizes-units=live(move || is(|r| r.part == Part::Units))
        >
            <th scope="row" title=live(move || get(|r| r.part.help().into()))>{live(move || get(|r| r.part.name().into()))}</th>
            <td class="sizes-track">
                <span class="sizes-bar" style:width=live(move || share(|r| r.payload))></span>
                <span class="sizes-rest" style:width=live(move || share(|r| r.bytes.saturating_sub(r.payload)))></span>
                <span class="sizes-gone" style:width=live(move || share(|r| r.gone))></span>
            </td>
            <td class="num">
                {live(move || get(|r| r.size.clone()))}
                <Show when=move || is(|r| r.best)><span class="visually-hidden">" (stored)"</span></Show>
            </td>
            <td class="num sizes-time" title=live(move || get(|r| r.time_help.clone()))>{live(move || get(|r| r.time.clone()))}</td>
        </tr>
    }
}
