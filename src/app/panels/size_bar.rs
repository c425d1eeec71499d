//! Bytes of every form of the model, side by side.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    protocol::{Form, FormSize},
    state::{
        Compared, format,
        look::size::{form_help, form_name, surprises},
    },
};

/// Bars for the forms of the model file, and one sentence on what surprises about them.
#[component]
pub fn SizeBar(
    /// The last comparison, with its report.
    #[prop(into)]
    compared: Signal<Option<Arc<Compared>>>,
) -> impl IntoView {
    let sizes = Memo::new(move |_| {
        compared.with(|c| c.as_ref().map(|c| (c.report.sizes.clone(), c.report.best)).unwrap_or_else(|| (Vec::new(), Form::Dense)))
    });
    let count = Memo::new(move |_| sizes.with(|(sizes, _)| sizes.len()));
    let words =
        Memo::new(move |_| compared.with(|c| c.as_ref().map(|c| (surprises(&c.report), c.report.notes.clone())).unwrap_or_default()));
    let rows = move || {
        (0..count.get())
            .map(|i| {
                let size = Memo::new(move |_| sizes.with(|(s, _)| s.get(i).copied()));
                let largest = move || sizes.with(|(s, _)| s.iter().map(|s| s.bytes).max().unwrap_or(1).max(1));
                let best = move || sizes.with(|(s, best)| s.get(i).is_some_and(|s| s.form == *best));
                view! { <Bar size=Signal::derive(move || size.get()) largest=Signal::derive(largest) best=Signal::derive(best) /> }
            })
            .collect_view()
    };
    view! {
        <section class="sizes" data-testid="size-bar" aria-label="File sizes">
            <Show when=move || { count.get() > 0 } fallback=|| view! { <p class="muted">"File sizes come with the first comparison."</p> }>
                <table>
                    <caption class="visually-hidden">"Length of the model file in each form"</caption>
                    <tbody>{rows}</tbody>
                </table>
                <p class="sizes-why">{move || words.with(|(s, _)| s.first().cloned())}</p>
                <Show when=move || words.with(|(s, notes)| s.len() + notes.len() > 1)>
                    <details class="sizes-more">
                        <summary>"More about these numbers"</summary>
                        <ul>
                            {move || words.with(|(s, notes)| s.iter().skip(1).chain(notes).map(|n| view! { <li>{n.clone()}</li> }).collect_view())}
                        </ul>
                    </details>
                </Show>
            </Show>
        </section>
    }
}

#[component]
fn Bar(size: Signal<Option<FormSize>>, largest: Signal<u64>, best: Signal<bool>) -> impl IntoView {
    let share = move |bytes: u64| format!("{:.2}%", bytes as f64 / largest.get() as f64 * 100.0);
    let form = move || size.get().map_or(Form::Dense, |s| s.form);
    let rest = move || size.get().map_or(0, |s| s.bytes.saturating_sub(s.payload));
    view! {
        <tr class:sizes-best=move || best.get() class:sizes-dense=move || form() == Form::Dense title=move || form_help(form())>
            <th scope="row">{move || form_name(form())}</th>
            <td class="sizes-track">
                <span class="sizes-bar" style:width=move || share(size.get().map_or(0, |s| s.payload))></span>
                <span class="sizes-rest" style:width=move || share(rest())></span>
            </td>
            <td class="num">
                {move || size.get().map(|s| format::bytes(s.bytes))}
                <Show when=move || best.get()><span class="visually-hidden">" (stored)"</span></Show>
            </td>
        </tr>
    }
}
