//! The strip below the network: curves, confusion, weights, latency, everything tried, runs.

use std::sync::Arc;

use leptos::{ev, html, prelude::*};

use super::play::{TABS, Tab};
use crate::{
    app::{
        desk::Desk,
        panels::{Confusion, Curves, LatencyTable, Pareto, Residuals, RunTable, WeightHistogram},
    },
    experiment::Experiment,
    state::{Task, same_run},
};

impl Tab {
    /// Its name in test ids.
    const fn key(self) -> &'static str {
        match self {
            Self::Curves => "curves",
            Self::Confusion => "confusion",
            Self::Weights => "weights",
            Self::Latency => "latency",
            Self::Pareto => "pareto",
            Self::Runs => "runs",
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
            (Self::Pareto, _) => "Pareto",
            (Self::Runs, _) => "Runs",
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
                aria-selected=move || chosen().to_string()
                tabindex=move || if chosen() { "0" } else { "-1" }
                on:click=move |_| tab.set(this)
            >
                {move || this.label(desk.parts.task.get())}
            </button>
        }
    };
    view! {
        <section class="column strip" aria-label="Measurements">
            <div class="tabs" role="tablist" aria-label="Measurements" node_ref=list on:keydown=keys>
                {TABS.map(button).collect_view()}
            </div>
            <div class="strip-panel" id="strip-panel" role="tabpanel" tabindex="0" aria-labelledby=move || format!("tab-{}", tab.get().key())>
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
    move || match tab.get() {
        Tab::Curves => {
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
        }
        Tab::Confusion => view! { <Judged /> }.into_any(),
        Tab::Weights => {
            let inspect = Callback::new(move |what| desk.inspect(what));
            view! {
                <WeightHistogram histogram=parts.weights model=parts.model compared=parts.compared engine=parts.engine on_inspect=inspect />
            }
            .into_any()
        }
        Tab::Latency => {
            let measure = Callback::new(move |()| desk.measure());
            let latency = Signal::derive(move || parts.latency.get().or_else(|| parts.compared.get().map(|c| Arc::new(c.latency.clone()))));
            view! { <LatencyTable latency model=parts.model compared=parts.compared on_measure=measure measuring=parts.measuring /> }
                .into_any()
        }
        Tab::Pareto => {
            let fresh = Callback::new(move |e: Arc<Experiment>| parts.experiment.with(|now| !same_run(now, &e)));
            let open = Callback::new(move |e: Arc<Experiment>| desk.open_experiment(Experiment::clone(&e), "Opened from the chart"));
            view! { <Pareto tried=parts.tried here=parts.experiment task=parts.task on_open=open fresh /> }.into_any()
        }
        Tab::Runs => {
            let open = Callback::new(move |id: u32| {
                let experiment = parts.runs.with_untracked(|runs| runs.iter().find(|r| r.id == id).map(|r| r.experiment.clone()));
                if let Some(experiment) = experiment {
                    desk.open_experiment(Experiment::clone(&experiment), "Opened from the runs");
                }
            });
            let fresh = Callback::new(move |e: Arc<Experiment>| parts.experiment.with(|now| !same_run(now, &e)));
            let pin = Callback::new(move |(id, pinned)| desk.pin(id, pinned));
            let remove = Callback::new(move |id| desk.remove_run(id));
            view! { <RunTable runs=parts.runs on_open=open on_pin=pin on_remove=remove fresh /> }.into_any()
        }
    }
}

/// Right and wrong: the confusion matrix, or predicted against true values.
#[component]
fn Judged() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    move || match parts.task.get() {
        Task::Classification => {
            let baseline = Signal::derive(move || parts.compared.get().map(|c| Arc::new(c.baseline.clone())));
            let optimized = Signal::derive(move || parts.compared.get().map(|c| Arc::new(c.optimized.clone())));
            let ask = Callback::new(move |(actual, predicted, optimized)| desk.cell(actual, predicted, optimized));
            view! { <Confusion baseline optimized data=parts.data on_cell=ask cell=parts.cell /> }.into_any()
        }
        Task::Regression => {
            let samples = Signal::derive(move || parts.view.get().map_or_else(Arc::default, |v| v.samples.clone()));
            let target = Signal::derive(move || parts.data.get().map(|d| d.target.clone()).unwrap_or_default());
            view! { <Residuals samples target compared=parts.compared /> }.into_any()
        }
    }
}
