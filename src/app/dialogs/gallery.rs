//! The gallery: experiments to begin with.

use leptos::prelude::*;

use crate::{
    app::{controls::Text, desk::Desk, dialogs::Dialogs, presets, thumbs::Thumb},
    state::describe,
};

/// The gallery.
#[component]
pub fn Gallery() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let dialogs = expect_context::<Dialogs>();
    let tile = move |preset: presets::Preset| {
        let (experiment, label) = (preset.experiment.clone(), preset.label);
        let current = desk.page.with_untracked(|p| **p.shown() == experiment);
        let open = move |_| {
            dialogs.close();
            desk.begin_announced(experiment.clone(), label);
        };
        view! {
            <li>
                <button type="button" class="tile" aria-current=current.then_some("true") on:click=open>
                    <Thumb experiment=preset.experiment.clone() />
                    <span class="tile-name">{preset.label}</span>
                    <span class="tile-about"><Text name=preset.about /></span>
                    <span class="tile-recipe muted num">{describe(&preset.experiment)}</span>
                </button>
            </li>
        }
    };
    view! {
        <p class="muted tiles-note" id="tiles-note">"Each opens as a new run; the run under way can be taken back afterwards."</p>
        <ul class="tiles" aria-describedby="tiles-note">{presets::all().into_iter().map(tile).collect_view()}</ul>
    }
}
