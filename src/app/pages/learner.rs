//! What stands in a network's places while a learner runs.

use leptos::prelude::*;

use super::recipe::{ExperimentNumber, field};
use crate::{
    app::{desk::Desk, later::Place, live::live, panels::LearnerStage},
    protocol::{Applies, Inspect},
};

/// What a place shows.
pub(in crate::app) fn draw(place: Place) -> AnyView {
    match place {
        Place::Recipe => {
            let text = "It is set by what stands here. Layers, loss, optimizer and regularization belong to networks.";
            view! { <p class="muted" data-testid="learner-recipe">{text}</p> }.into_any()
        }
        Place::Small => view! { <Small /> }.into_any(),
        Place::Stage => view! { <Stage /> }.into_any(),
        Place::Nothing(what) => view! { <p class="muted" data-testid="learner-nothing">{what}</p> }.into_any(),
    }
}

/// The drawing of what was learnt.
#[component]
fn Stage() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let look = Callback::new(move |tree: usize| desk.inspect(Some(Inspect { layer: Some(tree), ..Inspect::default() })));
    on_cleanup(move || desk.inspect(None));
    view! { <LearnerStage report=desk.parts.learner data=desk.parts.data on_look=look /> }
}

/// Settings that make it small, those that apply to it.
#[component]
fn Small() -> impl IntoView {
    let parts = expect_context::<Desk>().parts;
    let applies =
        Memo::new(move |_| parts.learner.with(|r| r.as_ref().map_or(Applies { bits: true, ..Applies::default() }, |r| r.applies)));
    let number = move |key: &'static str, percent: bool, there: fn(Applies) -> bool| {
        live(move || there(applies.get()).then(|| field(key).map(|field| view! { <ExperimentNumber field percent large=true /> })))
    };
    view! {
        {number("cutdepth", false, |a| a.depth)}
        {number("ccpalpha", false, |a| a.alpha)}
        {number("keeptrees", true, |a| a.members)}
        {number("learnerbits", false, |a| a.bits)}
    }
}
