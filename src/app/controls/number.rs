//! A number as text: what was typed stays until it is right.

use crate::app::live::live;
use leptos::prelude::*;

use crate::state::Reading;

/// A text box for a number.
#[component]
pub(super) fn NumberBox(
    /// How it is shown and read.
    reading: Reading,
    /// Id of the input.
    id: String,
    /// Name for screen readers where no label points here.
    #[prop(optional, into)]
    label: Option<String>,
    /// The value.
    value: Signal<f64>,
    /// A new value.
    on_set: Callback<f64>,
    /// What is wrong with what was typed.
    typed_error: RwSignal<Option<String>>,
    /// Id of the element with the error.
    error_id: String,
) -> impl IntoView {
    let typed = RwSignal::new(None::<String>);
    // A value that comes from elsewhere (the slider, a link) replaces what was typed.
    Effect::watch(
        move || value.get(),
        move |_, _, _| {
            typed.set(None);
            typed_error.set(None);
        },
        false,
    );
    let on_change = move |text: String| match reading.read(&text) {
        Ok(new) => {
            typed.set(None);
            typed_error.set(None);
            on_set.run(new);
        }
        Err(error) => {
            typed.set(Some(text));
            typed_error.set(Some(error));
        }
    };
    view! {
        <span class="entry">
            <input
                type="text"
                inputmode="decimal"
                autocomplete="off"
                spellcheck="false"
                id=id
                aria-label=label
                aria-invalid=live(move || typed_error.with(Option::is_some).then_some("true"))
                aria-describedby=error_id
                prop:value=live(move || typed.get().unwrap_or_else(|| reading.text(value.get())))
                on:change:target=move |event| on_change(event.target().value())
            />
            <span class="unit" aria-hidden="true">{reading.unit()}</span>
        </span>
    }
}
