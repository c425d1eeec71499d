//! Cross-validation, learning curve, bias and variance: an experiment trained again and again on parts of its samples.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use crate::{
    app::{
        charts::LineChart,
        controls::{ParamControl, Stage},
        desk::Desk,
        studying::{self, Studying},
    },
    state::{
        format,
        study::{Kind, NUMBERS, Row},
    },
};

/// What a section says of itself.
struct About {
    /// Word of its test ids.
    key: &'static str,
    title: &'static str,
    help: &'static str,
    kind: fn(usize) -> Kind,
}

static ALL: [About; 3] = [
    About {
        key: "folds",
        title: "Cross-validation",
        help: "All samples, training and test samples together, are dealt into folds, each class evenly. Each fold is tested by a model that learnt from the others; fills, scales and features are learnt from those alone. Windows of series and texts overlap, so there folds follow each other in time, and each is tested by a model that learnt from earlier windows alone.",
        kind: |of| Kind::Folds { of, in_order: false },
    },
    About {
        key: "sizes",
        title: "Learning curve",
        help: "The experiment on 10 to 100 % of its training samples, each part within the next larger one. A gap between the curves is overfitting; a test curve that still rises asks for more samples.",
        kind: |repeats| Kind::Sizes { repeats },
    },
    About {
        key: "bias",
        title: "Bias and variance",
        help: "The experiment on bootstrap samples: as many training samples as there are, drawn with replacement. What most models get wrong is bias, and what they differ in is variance; noise of the data counts as bias (Domingos 2000).",
        kind: |samples| Kind::Bootstrap { samples },
    },
];

/// All three, one below the other.
#[component]
pub fn Studies(
    /// Who is asked.
    desk: Desk,
) -> impl IntoView {
    ALL.iter().enumerate().map(|(place, about)| section(desk, place, about).into_any()).collect_view()
}

fn section(desk: Desk, place: usize, about: &'static About) -> impl IntoView {
    let task = desk.parts.task;
    let shown = studying::shown(place);
    let studying: Signal<Option<Arc<Studying>>> = Signal::derive(move || shown.get());
    let running = Memo::new(move |_| studying.with(|s| s.as_ref().is_some_and(|s| s.running)));
    let any = Memo::new(move |_| studying.with(Option::is_some));
    let spec = NUMBERS[place];
    let number = RwSignal::new(spec.default);
    let share = move || studying.with(|s| s.as_ref().map_or(0.0, |s| s.study.share()));
    let words = live(move || studying.with(|s| s.as_ref().map(|s| s.study.words(task.get())).unwrap_or_default()));
    let row = |row: Row| {
        view! {
            <tr>
                <th scope="row">{row.name}</th>
                <td class="num">{row.train}</td>
                <td class="num">{row.train_score}</td>
                <td class="num">{row.test}</td>
                <td class="num">{row.score}</td>
                <td class="num">{row.loss}</td>
                <td>{row.state}</td>
            </tr>
        }
    };
    let table = move || {
        let rows = live(move || studying.with(|s| s.as_ref().map(|s| s.study.rows(task.get()).into_iter().map(row).collect_view())));
        view! {
            <div class="panel-table" tabindex="0" role="region" aria-label=format!("{} as a table", about.title)>
                <table class="table" data-testid=format!("study-{}-table", about.key)>
                    <thead>
                        <tr>
                            <td></td>
                            <th scope="col" class="num">"Training samples"</th>
                            <th scope="col" class="num">{live(move || format!("{} on them", task.get().score_name()))}</th>
                            <th scope="col" class="num">"Test samples"</th>
                            <th scope="col" class="num">{live(move || task.get().score_name())}</th>
                            <th scope="col" class="num">"Loss"</th>
                            <th scope="col">"State"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="optlab-part" data-testid=format!("study-{}", about.key) aria-label=about.title>
            <div class="panel-head">
                <div>
                    <h3>{about.title}</h3>
                    <p class="muted">{about.help}</p>
                </div>
                <Show
                    when=move || running.get()
                    fallback=move || view! {
                        <button type="button" class="button" data-testid=format!("study-{}-start", about.key) on:click=move |_| studying::begin(desk, (about.kind)(number.get_untracked() as usize))>"Start"</button>
                    }
                >
                    <progress aria-label=about.title max="1" prop:value=share></progress>
                    <button type="button" class="quiet" data-testid=format!("study-{}-stop", about.key) on:click=move |_| studying::stop()>"Stop"</button>
                </Show>
            </div>
            <ParamControl
                spec
                name=format!("study-{}", about.key)
                value=Signal::from(number)
                on_set=Callback::new(move |(value, _): (f64, Stage)| number.set(value))
            />
            {(place == 1).then(|| curves(desk, studying))}
            {(place == 2).then(|| parts(desk, studying))}
            <p role="status" data-testid=format!("study-{}-words", about.key)>{words}</p>
            <Show when=move || any.get()>{table()}</Show>
        </section>
    }
}

/// Score over the number of training samples.
fn curves(desk: Desk, studying: Signal<Option<Arc<Studying>>>) -> AnyView {
    let task = desk.parts.task;
    let series = Signal::derive(move || studying.with(|s| s.as_ref().map(|s| s.study.size_series(task.get())).unwrap_or_default()));
    let title = Signal::derive(move || task.get().score_name().to_string());
    let unit = Signal::derive(|| "over training samples, with a standard deviation on either side".to_string());
    view! {
        <div class="optlab-chart">
            <LineChart title series x_label="samples" y_label=unit empty="Points come with the first trainings." />
        </div>
    }
    .into_any()
}

/// Bars of the parts of the error.
fn parts(desk: Desk, studying: Signal<Option<Arc<Studying>>>) -> AnyView {
    let task = desk.parts.task;
    let bars = move || {
        let found = studying.with(|s| s.as_ref().and_then(|s| s.study.decomposition(task.get())))?;
        let most = found.error.max(found.bias).max(found.unbiased).max(f64::MIN_POSITIVE);
        let bar = |(name, value): (&'static str, f64)| {
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    <td aria-hidden="true"><span class="bar bar-baseline" style:width=format!("{:.1}%", 100.0 * value / most)></span></td>
                    <td class="num">{format::number(value)}</td>
                </tr>
            }
        };
        let all =
            [("Error", found.error), ("Bias", found.bias), ("Variance that costs", found.unbiased), ("Variance that helps", found.biased)];
        Some(all.into_iter().map(bar).collect_view())
    };
    view! {
        <table class="optlab-bars" data-testid="study-bias-parts" aria-label="Parts of the error">
            <tbody>{live(bars)}</tbody>
        </table>
    }
    .into_any()
}
