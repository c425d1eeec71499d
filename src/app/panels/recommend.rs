//! The model to take among those tried: which, why, and one click to have it.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use super::open_words;
use crate::{
    experiment::Experiment,
    state::{
        Tried, format,
        look::recommend::{Recommended, recommend},
        same_data, same_run,
    },
};

/// The experiment under way, as far as its data goes: it tells its readers only of other data.
#[must_use]
pub fn data_of(experiment: Memo<Arc<Experiment>>) -> Memo<Arc<Experiment>> {
    Memo::new_with_compare(
        move |_| experiment.get(),
        |old, new| match (old, new) {
            (Some(old), Some(new)) => !same_data(old, new),
            _ => true,
        },
    )
}

/// What to take of everything tried on the data of `here`.
#[must_use]
pub fn recommended(tried: Signal<Arc<Vec<Tried>>>, here: Memo<Arc<Experiment>>) -> Memo<Recommended> {
    Memo::new(move |_| tried.with(|tried| here.with(|here| recommend(tried, here))))
}

/// The recommendation in words, with a button that opens it; empty before the first comparison.
#[component]
pub fn Recommend(
    /// Everything tried.
    #[prop(into)]
    tried: Signal<Arc<Vec<Tried>>>,
    /// The experiment under way.
    here: Memo<Arc<Experiment>>,
    /// Opens an experiment.
    on_open: Callback<Arc<Experiment>>,
) -> impl IntoView {
    let found = recommended(tried, data_of(here));
    let fresh = move |e: &Experiment| here.with(|now| !same_run(now, e));
    let pick = move || match found.get() {
        Recommended::Take { at, .. } => tried.with(|t| t.get(at).cloned()),
        _ => None,
    };
    let title = Memo::new(move |_| match found.get() {
        Recommended::Unknown => String::new(),
        Recommended::Nothing { .. } => "Nothing to recommend yet.".into(),
        Recommended::Take { .. } => pick().map_or_else(String::new, |t| format!("Recommended: {}.", t.label)),
    });
    let why = move || match found.get() {
        Recommended::Unknown => String::new(),
        Recommended::Nothing { why, .. } => why,
        Recommended::Take { why, .. } => {
            let place = pick().map_or_else(String::new, |t| {
                if t.current { " It is the one you have.".into() } else { format!(" Tried at step {}.", format::count(t.step)) }
            });
            why + &place
        }
    };
    // The button stands still while the numbers in the sentence move.
    let action = Memo::new(move |_| match found.get() {
        Recommended::Unknown => None,
        Recommended::Nothing { next, .. } => next.map(|e| (if fresh(&e) { "Try 8 bits (new run)" } else { "Try 8 bits" }, e)),
        Recommended::Take { .. } => pick().filter(|t| !t.current).map(|t| (open_words(fresh(&t.experiment)), t.experiment)),
    });
    let open = move |_| {
        if let Some((_, experiment)) = action.get_untracked() {
            on_open.run(experiment);
        }
    };
    view! {
        <Show when=move || title.with(|t| !t.is_empty())>
            <div class="recommend" class:recommend-take=live(move || matches!(found.get(), Recommended::Take { .. })) data-testid="recommend">
                <p><strong>{live(move || title.get())}</strong> " " {live(why)}</p>
                <Show when=move || action.with(Option::is_some)>
                    <button type="button" class="button" data-testid="recommend-open" on:click=open>
                        {live(move || action.with(|a| a.as_ref().map_or("", |a| a.0)))}
                    </button>
                </Show>
            </div>
        </Show>
    }
}
