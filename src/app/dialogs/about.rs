//! Where the bundled data comes from, under which licence, and what others reach on it.

use crate::app::live::live;
use leptos::prelude::*;

use crate::{
    app::data_index::{Card, DataIndex},
    state::format,
};

/// The data sets' cards.
#[component]
pub fn About() -> impl IntoView {
    let index = expect_context::<DataIndex>();
    live(move || match index.get() {
        None => view! { <p role="status">"Loading…"</p> }.into_any(),
        Some(Err(error)) => view! { <p role="alert">"The list could not be loaded: " {error}</p> }.into_any(),
        Some(Ok(cards)) => view! {
            <p>
                <a href="data/ATTRIBUTION.md" target="_blank" rel="noreferrer" data-testid="attribution">
                    "Licence texts, and what was changed in each file"
                </a>
            </p>
            <ul class="cards">{cards.into_iter().map(card).collect_view()}</ul>
        }
        .into_any(),
    })
}

fn card(card: Card) -> impl IntoView {
    let baselines = card.baselines.iter().map(|b| view! { <li class="num">{b.words()}</li> });
    let baselines = baselines.collect_view();
    let counts = format!(
        "{} training, {} test samples, {}",
        format::count(card.n_train as u64),
        format::count(card.n_test as u64),
        format::bytes(card.bytes)
    );
    view! {
        <li>
            <h3>{card.name}</h3>
            <p class="muted num">{counts}</p>
            <p>{card.description}</p>
            <p>{card.origin}</p>
            <p>
                <a href=card.source_url.clone() target="_blank" rel="noreferrer">{card.source_url.clone()}</a>
            </p>
            <p><strong>{card.licence.name}</strong> ". " {card.licence.note}</p>
            <p class="muted">{card.citation}</p>
            <p>"To beat:"</p>
            <ul class="plain">{baselines}</ul>
        </li>
    }
}
