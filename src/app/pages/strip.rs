//! The strip below the network: curves, confusion, weights, latency, recipe, everything tried, runs.

use crate::app::live::live;
use leptos::{ev, html, prelude::*};

use super::play::{TABS, Tab};
use crate::{
    app::{
        desk::Desk,
        later::{Part, Waiting},
        panels::Curves,
    },
    state::Task,
};

impl Tab {
    /// Its name in test ids.
    const fn key(self) -> &'static str {
        match self {
            Self::Curves => "curves",
            Self::Confusion => "confusion",
            Self::Weights => "weights",
            Self::Latency => "latency",
            Self::Recipe => "recipe",
            Self::Pareto => "pareto",
            Self::Runs => "runs",
            Self::Lab => "lab",
        }
    }

    /// Its name on the page.
    const fn label(self, task: Task) -> &'static str {
        match (self, task) {
            (Self::Curves, _) => "Curves",
            (Self::Confusion, Task::Classification) => "Confusion",
            (Self::Confusion, Task::Regression) => "Residuals",
            (Self::Weights, _) => "Weights",
            (Self::Latency, _) => "Latency",
            (Self::Recipe, _) => "Recipe",
            (Self::Pareto, _) => "Pareto",
            (Self::Runs, _) => "Runs",
            (Self::Lab, _) => "Lab",
        }
    }
}

/// The tabs and the chosen panel.
#[component]
pub fn Strip() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tab = expect_context::<RwSignal<Tab>>();
    let list = NodeRef::<html::Div>::new();
    let keys = move |event: ev::KeyboardEvent| {
        let at = TABS.iter().position(|t| *t == tab.get_untracked()).unwrap_or(0);
        let to = match event.key().as_str() {
            "ArrowRight" => (at + 1) % TABS.len(),
            "ArrowLeft" => (at + TABS.len() - 1) % TABS.len(),
            "Home" => 0,
            "End" => TABS.len() - 1,
            _ => return,
        };
        event.prevent_default();
        tab.set(TABS[to]);
        super::focus_id(&format!("tab-{}", TABS[to].key()));
    };
    let button = move |this: Tab| {
        let chosen = move || tab.get() == this;
        view! {
            <button
                type="button"
                role="tab"
                class="tab"
                id=format!("tab-{}", this.key())
                data-testid=format!("tab-{}", this.key())
                aria-controls="strip-panel"
                aria-selected=live(move || chosen().to_string())
                tabindex=live(move || if chosen() { "0" } else { "-1" })
                on:click=move |_| tab.set(this)
            >
                {live(move || this.label(desk.parts.task.get()))}
            </button>
        }
    };
    view! {
        <section class="column strip" aria-label="Measurements">
            <div class="tabs" role="tablist" aria-label="Measurements" node_ref=list on:keydown=keys>
                {TABS.map(button).collect_view()}
            </div>
            <div class="strip-panel" id="strip-panel" role="tabpanel" tabindex="0" aria-labelledby=live(move || format!("tab-{}", tab.get().key()))>
                <Panel tab />
            </div>
        </section>
    }
}

/// What the chosen tab shows.
#[component]
fn Panel(tab: RwSignal<Tab>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    live(move || {
        let tab = tab.get();
        if tab != Tab::Curves {
            return view! { <Waiting part=Part::Tab(tab) /> }.into_any();
        }
        let scrub = Callback::new(move |step| desk.scrub(step));
        let to_beat = Signal::derive(move || parts.data.with(|d| d.as_ref().and_then(|d| d.baselines.first().cloned())));
        view! {
            <Curves
                history=parts.history
                pinned=parts.pinned
                elsewhere=parts.pinned_elsewhere
                task=parts.task
                to_beat
                step=parts.step
                earliest=parts.earliest
                on_scrub=scrub
            />
        }
        .into_any()
    })
}
