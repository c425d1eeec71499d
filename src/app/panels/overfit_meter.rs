//! How far training and held-out samples are apart, as a meter with words.

use crate::app::live::{Show, live};
use leptos::prelude::*;

use crate::{
    app::desk::Desk,
    state::look::overfit::{FULL, Gap, LARGE, gap},
};

/// The gap between training and validation (else test) samples; nothing until a few points know both.
#[component]
pub fn OverfitMeter() -> impl IntoView {
    let parts = expect_context::<Desk>().parts;
    let found = Memo::new(move |_| {
        // Points of a learner are counted in its steps: trees, rounds, passes.
        let unit = if parts.runs_network.get() { "epoch" } else { "step" };
        parts.history.with(|history| gap(history, parts.task.get(), unit))
    });
    let of = move |say: fn(&Gap) -> String| live(move || found.with(|f| f.as_ref().map_or_else(String::new, say)));
    view! {
        <Show when=move || found.with(Option::is_some)>
            <p class="overfit" data-testid="overfit">
                <span id="overfit-label">"Overfitting"</span>
                <meter
                    min="0"
                    max=FULL.to_string()
                    low=(LARGE / 2.0).to_string()
                    high=LARGE.to_string()
                    optimum="0"
                    aria-labelledby="overfit-label"
                    aria-valuetext=of(|f| f.short.clone())
                    prop:value=live(move || found.with(|f| f.as_ref().map_or(0.0, |f| f.meter)))
                ></meter>
                <b class="num">{of(|f| f.short.clone())}</b>
                <span class="muted" data-testid="overfit-words">{of(|f| f.words.clone())}</span>
            </p>
        </Show>
    }
}
