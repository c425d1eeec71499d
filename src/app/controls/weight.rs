//! A single weight as a text box: it follows the training until somebody types.

use crate::app::live::live;
use leptos::prelude::*;

use crate::{
    experiment::WEIGHT,
    state::{Reading, look::unit_words::signed},
};

/// A box for one weight. While it has the focus it shows what was typed; Enter sets the weight, leaving it does not.
#[component]
pub fn WeightBox(
    /// Which weight, for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// What it is now.
    #[prop(into)]
    value: Signal<f32>,
    /// What it is to be.
    on_set: Callback<f32>,
) -> impl IntoView {
    let typed = RwSignal::new(None::<String>);
    let error = RwSignal::new(None::<String>);
    let reading = Reading { spec: WEIGHT, percent: false };
    let shown = live(move || typed.get().unwrap_or_else(|| signed(value.get()).replace('\u{2212}', "-")));
    let set = move |text: String| match reading.read(&text) {
        Ok(number) => {
            error.set(None);
            on_set.run(number as f32);
        }
        Err(reason) => error.set(Some(reason)),
    };
    let leave = move |_| {
        typed.set(None);
        error.set(None);
    };
    view! {
        <span class="weight">
            <span class="entry"><input
                type="text"
                inputmode="decimal"
                autocomplete="off"
                spellcheck="false"
                class="num"
                aria-label=live(move || format!("{}; Enter sets it", label.get()))
                aria-invalid=live(move || error.with(Option::is_some).then_some("true"))
                prop:value=shown
                on:focus:target=move |event| typed.set(Some(event.target().value()))
                on:input:target=move |event| typed.set(Some(event.target().value()))
                on:keydown:target=move |event| {
                    if event.key() == "Enter" {
                        set(event.target().value());
                    }
                }
                on:blur=leave
            /></span>
            <span class="control-error" role="status">{live(move || error.get())}</span>
        </span>
    }
}
