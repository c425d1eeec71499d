//! A choice of a few words, all of them in sight.

use crate::app::live::live;
use leptos::prelude::*;

use crate::engine::params::Word;

/// Buttons side by side, one of which is down. A radio group to keyboard and screen reader.
#[component]
pub fn Segmented(
    /// Link key: names the group.
    name: String,
    /// The words.
    words: &'static [Word],
    /// Index of the chosen word.
    value: Signal<f64>,
    /// A word was chosen.
    on_set: Callback<f64>,
    /// Id of the element that labels the group.
    labelled_by: String,
) -> impl IntoView {
    let option = |(i, word): (usize, &'static Word)| {
        let (test_id, name) = (format!("control-{name}-{}", word.key), name.clone());
        view! {
            <label class="segment">
                <input
                    type="radio"
                    name=name
                    value=word.key
                    data-testid=test_id
                    prop:checked=live(move || value.get() as usize == i)
                    on:change=move |_| on_set.run(i as f64)
                />
                <span>{word.label}</span>
            </label>
        }
    };
    view! {
        <div class="segmented" role="radiogroup" aria-labelledby=labelled_by>
            {words.iter().enumerate().map(option).collect_view()}
        </div>
    }
}
