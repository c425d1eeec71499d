//! What was done to the network by hand, in words, with a way back.

use std::collections::BTreeMap;

use crate::app::live::live;
use leptos::prelude::*;

use crate::{experiment::ByHand, state::look::unit_words::by_hand};

/// "3 links pruned by hand · Clear", and what of it cannot be.
#[component]
pub fn HandEdits(
    /// Links pruned or revived by hand.
    #[prop(into)]
    hand: Signal<ByHand>,
    /// Single weights set by hand.
    #[prop(into)]
    weights_set: Signal<u32>,
    /// Errors by link key.
    #[prop(into)]
    failures: Signal<BTreeMap<String, String>>,
    /// Frees all links.
    on_clear: Callback<()>,
) -> impl IntoView {
    let links = Memo::new(move |_| hand.with(by_hand));
    let error = move || failures.with(|f| ["cut", "keep", "weight"].iter().find_map(|key| f.get(*key).cloned()));
    let weights = move || match weights_set.get() {
        0 => None,
        1 => Some("1 weight set by hand: it lives in this run, not in the address, and a restart drops it.".to_string()),
        n => Some(format!("{n} weights set by hand: they live in this run, not in the address, and a restart drops them.")),
    };
    let cleared = live(move || {
        let text = links.get()?;
        Some(view! {
            <p data-testid="by-hand">
                {text} " · "
                <button type="button" class="link" on:click=move |_| on_clear.run(())>"Clear"</button>
            </p>
        })
    });
    let wrong = live(move || {
        let error = error()?;
        let clear = hand
            .with(|h| !h.is_empty())
            .then(|| view! { <button type="button" class="link" on:click=move |_| on_clear.run(())>"Clear them"</button> });
        Some(view! { <p class="control-error">{error} " " {clear}</p> })
    });
    view! {
        <div class="net-hand muted" role="status">
            {cleared}
            {live(move || weights().map(|text| view! { <p data-testid="weights-set">{text}</p> }))}
            {wrong}
        </div>
    }
}
