//! The training curves: loss and score side by side, and a way back in time.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use crate::{
    app::{
        charts::LineChart,
        later::{Part, Waiting},
    },
    protocol::{Baseline, MetricPoint},
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
    /// How many pinned runs are of other data, and so are not laid over it.
    #[prop(into)]
    elsewhere: Signal<usize>,
    /// Decides between accuracy and R².
    #[prop(into)]
    task: Signal<Task>,
    /// The score to beat.
    #[prop(into)]
    to_beat: Signal<Option<Baseline>>,
    /// The step where the run stands, for the slider.
    #[prop(into)]
    step: Signal<u64>,
    /// The earliest step that can be gone back to.
    #[prop(into)]
    earliest: Signal<u64>,
    /// Asked to go back (or forward) to a step.
    #[prop(into)]
    on_scrub: Callback<u64>,
) -> impl IntoView {
    let log = RwSignal::new(false);
    let dragged = RwSignal::new(None::<u64>);
    let loss = Signal::derive(move || losses(&history.get(), &pinned.get()));
    let score = Signal::derive(move || scores(&history.get(), &pinned.get(), to_beat.get().as_ref(), task.get() == Task::Classification));
    let unit = move || if task.get() == Task::Classification { "%" } else { "" };
    // What was trained can be returned to until training goes on from an earlier step: the curve ends there then, too.
    let last = Memo::new(move |_| history.with(|h| h.last().map_or(0, |p| p.step)));
    let furthest = Memo::new(move |_| step.get().max(last.get()));
    let value = move || dragged.get().unwrap_or_else(|| step.get());
    let mark = Memo::new(move |_| dragged.get().or_else(|| Some(step.get()).filter(|s| *s < last.get())).map(|s| s as f64));
    let go = move |e: leptos::ev::Event, over: bool| {
        let wanted = event_target_value(&e).parse().ok();
        dragged.set(wanted.filter(|_| !over));
        if let Some(step) = wanted {
            on_scrub.run(step);
        }
    };
    view! {
        <section class="curves" data-testid="curves" aria-label="Training curves">
            <div class="curves-pair">
                <LineChart title="Loss" series=loss x_label="step" y_label="" log_y=log mark />
                <LineChart title=Signal::derive(move || task.get().score_name().to_string()) series=score x_label="step" y_label=Signal::derive(move || unit().to_string()) mark />
            </div>
            <div class="curves-foot">
                <label class="curves-scrub">
                    <span>"Go to step"</span>
                    <input
                        type="range"
                        min=live(move || earliest.get().to_string())
                        max=live(move || furthest.get().max(earliest.get() + 1).to_string())
                        prop:value=live(move || value().to_string())
                        disabled=live(move || furthest.get() <= earliest.get())
                        title=live(move || (earliest.get() > 0).then(|| format!("Moments before step {} went with the reload.", format::count(earliest.get()))))
                        aria-valuetext=live(move || format!("step {}", format::count(value())))
                        on:input=move |e| go(e, false)
                        on:change=move |e| go(e, true)
                        data-testid="scrub"
                    />
                    <output class="num">{live(move || format::count(value()))}</output>
                </label>
                <Show when=move || { elsewhere.get() > 0 }>
                    <span class="muted">{live(move || format!("{} pinned of other data", elsewhere.get()))}</span>
                </Show>
                <button type="button" class="quiet" aria-pressed=live(move || log.get().to_string()) on:click=move |_| log.update(|l| *l = !*l)>
                    "Log loss"
                </button>
            </div>
            <Waiting part=Part::Overfit quiet=true />
        </section>
    }
}
