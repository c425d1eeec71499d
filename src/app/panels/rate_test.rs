//! The learning-rate range test: loss against learning rate, and a rate to begin with.

use crate::app::live::{Show, live};
use leptos::prelude::*;

use crate::{
    app::{
        charts::LineChart,
        controls::{ParamControl, Stage},
        desk::Desk,
    },
    experiment::Effect,
    protocol::LabWish,
    state::{
        format,
        look::series::Series,
        race::{STEPS, tidy},
    },
};

/// Runs the test, draws it, and offers what it suggests.
#[component]
pub fn RateTest(
    /// Who is asked.
    desk: Desk,
) -> impl IntoView {
    let parts = desk.parts;
    let fresh = RwSignal::new(true);
    let steps = RwSignal::new(STEPS.default);
    let rates = Memo::new(move |_| parts.lab.with(|lab| lab.rates.clone()));
    let under_way = Memo::new(move |_| rates.with(|r| r.as_ref().is_some_and(|r| !r.done)));
    let busy = Signal::derive(move || parts.lab.with(|lab| lab.busy));
    let series = Signal::derive(move || {
        rates.with(|r| {
            let Some(rates) = r else { return Vec::new() };
            let line = |name: &str, color_var, width, y: fn(&(f64, f64, f64)) -> f64| Series {
                name: name.into(),
                about: String::new(),
                color_var,
                dash: &[],
                width,
                points: rates.points.iter().map(|p| (p.0.log10(), y(p))).collect(),
            };
            vec![line("mini-batch", "--ink-3", 1.0, |p| p.1), line("smoothed", "--baseline", 2.0, |p| p.2)]
        })
    });
    let mark = Signal::derive(move || rates.with(|r| r.as_ref().and_then(|r| r.suggestion).map(|s| s.0.log10())));
    let take = move |lr: f64| {
        let lr = tidy(lr);
        desk.edit(Effect::Live, Stage::Done, |e| e.train.lr = lr);
    };
    let offer = move |(name, lr): (&'static str, f64)| {
        view! {
            <span>
                {name} " " <b class="num">{format::number(tidy(lr))}</b> " "
                <button type="button" class="button" data-testid="use-rate" on:click=move |_| take(lr)>"Use it"</button>
            </span>
        }
    };
    let found = live(move || {
        let rates = rates.get().filter(|r| r.done)?;
        Some(match rates.suggestion {
            Some((steepest, tenth)) => {
                view! { <p class="optlab-row">{offer(("Where the loss falls fastest:", steepest))} {offer(("A tenth of where it is lowest:", tenth))}</p> }
                    .into_any()
            }
            None => view! { <p>"The loss fell at no learning rate: look at the layers below, or test from the first weights."</p> }.into_any(),
        })
    });
    let begin = move |_| desk.lab(LabWish::Rates { steps: steps.get_untracked() as usize, fresh: fresh.get_untracked() });
    let share = move || rates.with(|r| r.as_ref().map_or(0.0, |r| f64::from(r.share)));
    view! {
        <section class="optlab-part" data-testid="rate-test" aria-label="Learning-rate range test">
            <div class="panel-head">
                <div>
                    <h3>"Learning-rate range test"</h3>
                    <p class="muted">"A copy trains while its learning rate grows from step to step, until the loss explodes (Smith 2017)."</p>
                </div>
                <Show
                    when=move || under_way.get()
                    fallback=move || view! {
                        <button type="button" class="button" data-testid="rates" disabled=live(move || busy.get()) on:click=begin>"Test"</button>
                    }
                >
                    <progress aria-label="Range test" max="1" prop:value=share></progress>
                    <button type="button" class="quiet" on:click=move |_| desk.lab(LabWish::Stop)>"Stop"</button>
                </Show>
            </div>
            <p class="optlab-row">
                <label>
                    <input type="checkbox" prop:checked=live(move || fresh.get()) on:change=move |_| fresh.update(|f| *f = !*f) />
                    " from the first weights, not those at hand"
                </label>
            </p>
            <ParamControl
                spec=STEPS
                name="rate-steps"
                value=Signal::from(steps)
                on_set=Callback::new(move |(value, _): (f64, Stage)| steps.set(value))
            />
            <Show when=move || rates.with(Option::is_some)>
                <div class="optlab-chart">
                    <LineChart title="Loss" series=series x_label="log₁₀ η" y_label="against the logarithm of the learning rate" mark=mark empty="Points come with the first steps." />
                </div>
            </Show>
            {found}
        </section>
    }
}
