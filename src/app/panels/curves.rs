//! The training curves: loss and score side by side, and a way back in time.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    app::charts::LineChart,
    protocol::MetricPoint,
    state::{
        PinnedRun, Task, format,
        look::curves::{losses, scores},
    },
};

/// Loss and score over the steps, with pinned runs, and a slider back to earlier steps.
#[component]
pub fn Curves(
    /// The points so far.
    #[prop(into)]
    history: Signal<Arc<Vec<MetricPoint>>>,
    /// Runs to lay over it.
    #[prop(into)]
    pinned: Signal<Vec<PinnedRun>>,
    /// Decides between accuracy and R².
    #[prop(into)]
    task: Signal<Task>,
    /// The step where the run stands, for the slider.
    #[prop(into)]
    step: Signal<u64>,
    /// Asked to go back (or forward) to a step.
    #[prop(into)]
    on_scrub: Callback<u64>,
) -> impl IntoView {
    let log = RwSignal::new(false);
    let dragged = RwSignal::new(None::<u64>);
    let loss = Signal::derive(move || losses(&history.get(), &pinned.get()));
    let score = Signal::derive(move || scores(&history.get(), &pinned.get(), task.get() == Task::Classification));
    let unit = move || if task.get() == Task::Classification { "%" } else { "" };
    // The slider's end stays where the run once was, so that going back can be undone.
    let furthest = Memo::new(move |before: Option<&u64>| {
        let now = step.get().max(history.with(|h| h.last().map_or(0, |p| p.step)));
        if now < 2 { now } else { before.copied().unwrap_or(0).max(now) }
    });
    let value = move || dragged.get().unwrap_or_else(|| step.get());
    let on_input = move |e: leptos::ev::Event| dragged.set(event_target_value(&e).parse().ok());
    let on_change = move |e: leptos::ev::Event| {
        dragged.set(None);
        if let Ok(step) = event_target_value(&e).parse() {
            on_scrub.run(step);
        }
    };
    view! {
        <section class="curves" data-testid="curves" aria-label="Training curves">
            <div class="curves-pair">
                <LineChart title="Loss" series=loss x_label="step" y_label="" log_y=log />
                <LineChart title=Signal::derive(move || task.get().score_name().to_string()) series=score x_label="step" y_label=Signal::derive(move || unit().to_string()) />
            </div>
            <div class="curves-foot">
                <label class="curves-scrub">
                    <span>"Go to step"</span>
                    <input
                        type="range"
                        min="0"
                        max=move || furthest.get().max(1).to_string()
                        prop:value=move || value().to_string()
                        disabled=move || furthest.get() == 0
                        aria-valuetext=move || format!("step {}", format::count(value()))
                        on:input=on_input
                        on:change=on_change
                        data-testid="scrub"
                    />
                    <output class="num">{move || format::count(value())}</output>
                </label>
                <button type="button" class="quiet" aria-pressed=move || log.get().to_string() on:click=move |_| log.update(|l| *l = !*l)>
                    "Log loss"
                </button>
            </div>
        </section>
    }
}
