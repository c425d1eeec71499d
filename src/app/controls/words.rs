//! A choice of a few words, all of them in sight.

use crate::app::live::live;
use leptos::prelude::*;

use crate::engine::params::Word;

/// Buttons side by side, one of which is down. A radio group to keyboard and screen reader. Words that are numbers stand in falling order, whatever their
/// places in the list, which saved runs rely on.
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
    let mut shown: Vec<usize> = (0..words.len()).collect();
    if let Some(numbers) = words.iter().map(|word| word.key.parse::<u32>().ok()).collect::<Option<Vec<_>>>() {
        crate::order::sort(&mut shown, &|a, b| numbers[b].cmp(&numbers[a]));
    }
    view! {
        <div class="segmented" role="radiogroup" aria-labelledby=labelled_by>
            {shown.into_iter().map(|i| option((i, &words[i]))).collect_view()}
        </div>
    }
}
