//! Which small model a panel is about: the sliders' copy, or what the last recipe made.

use leptos::prelude::*;

use crate::app::live::{Show, live};

/// Two buttons, once a recipe has been carried out.
#[component]
pub fn MadeSwitch(
    /// Whether there is something that a recipe made.
    #[prop(into)]
    done: Signal<bool>,
    /// Whether the panel is about that.
    of_recipe: RwSignal<bool>,
) -> impl IntoView {
    let button = move |(side, name): (bool, &'static str)| {
        let pressed = live(move || (of_recipe.get() == side).to_string());
        view! { <button type="button" class="quiet" aria-pressed=pressed on:click=move |_| of_recipe.set(side)>{name}</button> }
    };
    view! {
        <Show when=move || done.get()>
            <div class="panel-switch" role="group" aria-label="Small model" data-testid="made-switch">
                {[(false, "Sliders’ copy"), (true, "Recipe")].map(button).collect_view()}
            </div>
        </Show>
    }
}
