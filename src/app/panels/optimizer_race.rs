//! The race of optimizers: who takes part, how it goes, and who wins.

use std::sync::Arc;

use crate::app::live::{For, Show, live};
use leptos::prelude::*;

use crate::{
    app::{
        charts::LineChart,
        controls::Segmented,
        desk::Desk,
        racing::{self, Racing},
    },
    engine::{catalog::Pick, optimizers, params::Word},
    state::{
        format,
        race::{MOST, Measure, Over, Row, Source, tidy, usual},
    },
};

const SOURCES: &[Word] = &[
    Word { key: "shared", label: "Shared rate" },
    Word { key: "own", label: "Own rates" },
    Word { key: "test", label: "Own range tests" },
];
const MEASURES: &[Word] =
    &[Word { key: "loss", label: "Loss" }, Word { key: "train", label: "Training loss" }, Word { key: "score", label: "Score" }];
const OVERS: &[Word] = &[Word { key: "seen", label: "Samples" }, Word { key: "seconds", label: "Seconds" }];
/// Those that race where nobody has chosen.
const FIRST: [&str; 4] = ["adam", "sgd", "momentum", "rmsprop"];

/// Choice, chart and table.
#[component]
pub fn OptimizerRace(
    /// Who is asked.
    desk: Desk,
) -> impl IntoView {
    let parts = desk.parts;
    let shown = racing::shown();
    let racing: Signal<Option<Arc<Racing>>> = Signal::derive(move || shown.get());
    let running = Memo::new(move |_| racing.with(|r| r.as_ref().is_some_and(|r| r.running)));
    let paused = Memo::new(move |_| racing.with(|r| r.as_ref().is_some_and(|r| r.paused)));
    let chosen = RwSignal::new(FIRST.map(String::from).to_vec());
    // Learning rates that were set by hand, by key.
    let own = RwSignal::new(Vec::<(String, f64)>::new());
    let (source, measure, over) = (RwSignal::new(0.0), RwSignal::new(0.0), RwSignal::new(0.0));
    let epochs = RwSignal::new(parts.experiment.with_untracked(|e| e.train.epochs.min(10.0)));
    let rate = move |key: &str| own.with(|own| own.iter().find(|(k, _)| k == key).map_or_else(|| usual(key), |(_, lr)| *lr));
    let begin = move |_| {
        let source = [Source::Shared, Source::Own, Source::Test][(source.get_untracked() as usize).min(2)];
        let now = parts.experiment.with_untracked(|e| e.optimizer.clone());
        let racer = |key: &String| {
            // The one that trains the run races with its own settings.
            let pick = if *key == now.key { now.clone() } else { Pick::new(key) };
            (pick, Some(rate(key)))
        };
        let optimizers: Vec<_> = chosen.with_untracked(|c| c.iter().map(racer).collect());
        racing::begin(desk, &optimizers, source, epochs.get_untracked());
    };
    let choice = move |key: &'static str, label: &'static str| {
        let on = move || chosen.with(|c| c.iter().any(|k| k == key));
        let full = move || !on() && chosen.with(|c| c.len() >= MOST);
        let toggle = move |_| {
            let races = chosen.with_untracked(|c| c.iter().any(|k| k == key));
            chosen.update(|c| if races { c.retain(|k| k != key) } else { c.push(key.into()) });
        };
        let set = move |text: String| {
            let lr = tidy(text.parse().unwrap_or_else(|_| usual(key)));
            own.update(|own| {
                own.retain(|(k, _)| k != key);
                own.push((key.into(), lr));
            });
        };
        let number = move || {
            view! {
                <input
                    type="number"
                    step="any"
                    aria-label=format!("Learning rate of {label}")
                    prop:value=live(move || format::number(rate(key)))
                    on:change:target=move |e| set(e.target().value())
                />
            }
        };
        view! {
            <li>
                <label>
                    <input type="checkbox" data-testid=format!("race-{key}") prop:checked=live(on) disabled=live(full) on:change=toggle />
                    " " {label}
                </label>
                <Show when=move || source.get() == 1.0 && on()>{number()}</Show>
            </li>
        }
    };
    let choices = optimizers::LISTING.entries.iter().map(move |entry| choice(entry.key, entry.label)).collect_view();
    let series = Signal::derive(move || {
        let measure = [Measure::Loss, Measure::TrainLoss, Measure::Score][(measure.get() as usize).min(2)];
        let over = if over.get() == 0.0 { Over::Seen } else { Over::Seconds };
        racing.with(|r| r.as_ref().map(|r| r.race.series(measure, over, parts.task.get())).unwrap_or_default())
    });
    let title = Signal::derive(move || match measure.get() as usize {
        0 => "Loss".to_string(),
        1 => "Training loss".to_string(),
        _ => parts.task.get().score_name().to_string(),
    });
    let unit = Signal::derive(move || if over.get() == 0.0 { "over samples seen" } else { "over seconds of training" }.to_string());
    let open = move |racer: usize| {
        let experiment = racing.with_untracked(|r| r.as_ref().map(|r| r.race.experiment(racer, &r.experiment)));
        if let Some(experiment) = experiment {
            let name = crate::state::race::name(&experiment.optimizer);
            desk.begin_announced(experiment, &format!("{name}, from the race"));
        }
    };
    let rows = Memo::new(move |_| racing.with(|r| r.as_ref().map(|r| r.race.rows(parts.task.get())).unwrap_or_default()));
    // A racer's row stays while the race goes on, and with it the focus on its button.
    let row = move |racer: usize| {
        let cell = move |text: fn(&Row) -> String| live(move || rows.with(|rows| rows.get(racer).map(text).unwrap_or_default()));
        let won = live(move || rows.with(|rows| rows.get(racer).is_some_and(|row| row.winner)));
        view! {
            <tr class:seek-pick=won>
                <th scope="row">{cell(|row| row.name.into())}</th>
                <td class="num">{cell(|row| row.lr.clone())}</td>
                <td class="num">{cell(|row| row.loss.clone())}</td>
                <td class="num">{cell(|row| row.score.clone())}</td>
                <td class="num">{cell(|row| row.seconds.clone())}</td>
                <td>{cell(|row| row.state.clone())}</td>
                <td><button type="button" class="quiet" on:click=move |_| open(racer)>"Open this one"</button></td>
            </tr>
        }
    };
    let words = live(move || racing.with(|r| r.as_ref().map(|r| r.race.words(parts.task.get())).unwrap_or_default()));
    let share = move || racing.with(|r| r.as_ref().map_or(0.0, |r| r.race.share()));
    let result = move || {
        view! {
            <div class="optlab-row">
                <span class="visually-hidden" id="race-measure">"What is drawn"</span>
                <Segmented name="race-measure".into() words=MEASURES value=measure.into() on_set=Callback::new(move |v| measure.set(v)) labelled_by="race-measure".into() />
                <span class="visually-hidden" id="race-over">"Over what"</span>
                <Segmented name="race-over".into() words=OVERS value=over.into() on_set=Callback::new(move |v| over.set(v)) labelled_by="race-over".into() />
            </div>
            <div class="optlab-chart">
                <LineChart title series x_label="at" y_label=unit empty="Lines appear with the first samples." />
            </div>
            <p role="status" data-testid="race-words">{words}</p>
            <div class="panel-table" tabindex="0" role="region" aria-label="The race as a table">
                <table class="table" data-testid="race-table">
                    <thead>
                        <tr>
                            <th scope="col">"Optimizer"</th>
                            <th scope="col" class="num">"Learning rate"</th>
                            <th scope="col" class="num">"Loss"</th>
                            <th scope="col" class="num">{live(move || parts.task.get().score_name())}</th>
                            <th scope="col" class="num">"Training"</th>
                            <th scope="col">"State"</th>
                            <td></td>
                        </tr>
                    </thead>
                    <tbody><For each=move || 0..rows.with(Vec::len) key=usize::to_string children=row /></tbody>
                </table>
            </div>
            <p class="muted">
                "Loss and score are of samples that none trains on: validation samples where some are held out, else test samples. Times are of training alone, without the judging; workers that train at the same time share the cores, so they compare racers and no more."
            </p>
        }
        .into_any()
    };
    view! {
        <section class="optlab-part" data-testid="race" aria-label="Race of optimizers">
            <div class="panel-head">
                <div>
                    <h3>"Race"</h3>
                    <p class="muted">"Up to eight optimizers from the same first weights over the same mini-batches, in workers beside the run, which stands still."</p>
                </div>
                <Show
                    when=move || running.get()
                    fallback=move || view! {
                        <button type="button" class="button" data-testid="race-start" disabled=live(move || chosen.with(Vec::is_empty)) on:click=begin>"Start"</button>
                    }
                >
                    <progress aria-label="Race" max="1" prop:value=share></progress>
                    <button type="button" class="quiet" on:click=move |_| racing::pause(!paused.get_untracked())>
                        {live(move || if paused.get() { "Go on" } else { "Pause" })}
                    </button>
                    <button type="button" class="quiet" data-testid="race-stop" on:click=move |_| racing::stop()>"Stop"</button>
                </Show>
            </div>
            <ul class="optlab-choices">{choices}</ul>
            <div class="optlab-row">
                <span class="visually-hidden" id="race-source">"Where learning rates come from"</span>
                <Segmented name="race-source".into() words=SOURCES value=source.into() on_set=Callback::new(move |v| source.set(v)) labelled_by="race-source".into() />
                <label>
                    "Epochs "
                    <input
                        type="number"
                        min="1"
                        max="1000"
                        prop:value=live(move || format::number(epochs.get()))
                        on:change:target=move |e| epochs.set(e.target().value().parse::<f64>().map_or(5.0, |n| n.round().clamp(1.0, 1000.0)))
                    />
                </label>
            </div>
            {result()}
        </section>
    }
}
