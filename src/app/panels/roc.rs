//! How well both models tell a class from the rest: ROC or precision-recall, and what a threshold makes of it.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use super::table_toggle::TableToggle;
use crate::{
    app::controls::{HelpTip, Segmented},
    engine::roc::{CURVE, CURVES, Curve, THRESHOLD, THRESHOLDS, Table},
    protocol::{ClassRoc, DataReport, Roc},
    state::{
        format,
        look::roc::{HALF, axes, by_class, chance, dot, first_class, measures, points, row, spoken, threshold, words},
    },
};

/// Width and height of the chart without its axes, in pixels.
const SIZE: (f64, f64) = (280.0, 220.0);
/// Room for the axes: left, top, right, bottom.
const MARGIN: (f64, f64, f64, f64) = (52.0, 10.0, 16.0, 40.0);

type Both = [ClassRoc; 2];

/// Curves of both models for one class against the rest, a threshold, and the two-by-two tables there.
#[component]
pub fn RocCurves(
    /// The curves, and of which step.
    #[prop(into)]
    roc: Signal<Option<Arc<(u64, Roc)>>>,
    /// Whether there are two models to draw them of; said anew when they are others.
    #[prop(into)]
    ready: Signal<bool>,
    /// Whether training goes on: then a look costs it time, and is taken when asked for.
    #[prop(into)]
    playing: Signal<bool>,
    /// The data, for names.
    #[prop(into)]
    data: Signal<Option<Arc<DataReport>>>,
    /// Asks for the curves.
    on_look: Callback<()>,
) -> impl IntoView {
    let (chosen, drawn, at, table) = (RwSignal::new(None::<usize>), RwSignal::new(0.0), RwSignal::new(HALF), RwSignal::new(false));
    let names = Memo::new(move |_| data.with(|d| d.as_ref().map(|d| d.classes.clone()).unwrap_or_default()));
    Effect::new(move |_| {
        if ready.get() && !playing.get() {
            on_look.run(());
        }
    });
    // A class of other data means nothing here.
    Effect::new(move |_| {
        names.track();
        chosen.set(None);
    });
    let curve = Memo::new(move |_| if drawn.get() > 0.0 { Curve::PrecisionRecall } else { Curve::Roc });
    let class = Memo::new(move |_| chosen.get().unwrap_or_else(|| names.with(|n| first_class(n.len()))));
    let both = Memo::new(move |_| roc.with(|r| r.as_ref().and_then(|r| r.1.classes.get(class.get()).cloned())));
    let name = Memo::new(move |_| names.with(|n| n.get(class.get()).cloned()).unwrap_or_else(|| class.get().to_string()));
    let head = live(move || match (roc.with(|r| r.as_ref().map(|r| r.0)), both.get()) {
        (Some(step), Some(both)) => words(step, &both, &name.get()),
        _ => "How well is a class told from the rest at every threshold?".into(),
    });
    let body = live(move || {
        let both = both.get()?;
        let whole = !both[0].all.contains(&0);
        Some(view! {
            <div class="roc-sides">
                {whole.then(|| view! { <figure class="roc-chart" class:behind=live(move || table.get())>{chart(both.clone(), curve, at)}</figure> })}
                {whole.then(|| view! { <div class="roc-tables">{tables(both.clone(), name, at)}</div> })}
            </div>
            {live(move || table.get().then(|| numbers(both.clone(), curve, at)))}
            {live(move || table.get().then(|| roc.get().map(|r| areas(&r.1, &names.get()))))}
        })
    });
    let option = move |(i, name): (usize, String)| {
        view! { <option value=i.to_string() prop:selected=live(move || class.get() == i)>{name}</option> }
    };
    view! {
        <section class="breaks" data-testid="roc" aria-label="ROC and precision-recall">
            <div class="panel-head">
                <p role="status" data-testid="roc-words">{head}</p>
                <button type="button" class="quiet" data-testid="roc-look" disabled=live(move || !ready.get()) on:click=move |_| on_look.run(())>
                    "Draw the curves"
                </button>
            </div>
            <Show when=move || both.with(Option::is_some)>
                <div class="roc-row">
                    <span class="visually-hidden" id="roc-curve-label">{CURVE.label}</span>
                    <Segmented
                        name="roc-curve".into()
                        words=CURVES
                        value=drawn.into()
                        on_set=Callback::new(move |v| drawn.set(v))
                        labelled_by="roc-curve-label".into()
                    />
                    <HelpTip title=CURVE.label id="roc-curve-help".into() help=CURVE.help formula=CURVE.formula source=CURVE.source />
                    <label>
                        "Class "
                        <select data-testid="roc-class" on:change:target=move |e| chosen.set(e.target().value().parse().ok())>
                            {live(move || names.get().into_iter().enumerate().map(option).collect_view())}
                        </select>
                    </label>
                    <TableToggle shown=table of="Curves" />
                </div>
                <div class="roc-row">
                    <label class="roc-threshold">
                        <span>{THRESHOLD.label}</span>
                        <input
                            type="range"
                            class="slider"
                            data-testid="roc-threshold"
                            min="0"
                            max=(THRESHOLDS.len() - 1).to_string()
                            step="1"
                            aria-valuetext=live(move || both.with(|b| b.as_ref().map(|b| spoken(b, at.get()))))
                            style=("--at", move || format!("{:.4}", at.get() as f64 / (THRESHOLDS.len() - 1) as f64))
                            prop:value=live(move || at.get().to_string())
                            on:input:target=move |e| e.target().value().parse().into_iter().for_each(|to| at.set(to))
                        />
                        <output class="num">{live(move || threshold(at.get()))}</output>
                    </label>
                    <HelpTip title=THRESHOLD.label id="roc-threshold-help".into() help=THRESHOLD.help formula=THRESHOLD.formula source=THRESHOLD.source />
                </div>
            </Show>
            {body}
        </section>
    }
}

/// Both curves, that of a model that guesses, and a dot on each where the threshold lies.
fn chart(both: Both, curve: Memo<Curve>, at: RwSignal<usize>) -> AnyView {
    let (left, top, right, bottom) = MARGIN;
    let (w, h) = SIZE;
    live(move || {
        let curve = curve.get();
        let [x, y] = axes(curve);
        let guess = chance(&both[0], curve, SIZE);
        let label = format!("{y} over {x} of both models; the numbers are in the table");
        let tick = |v: f64| {
            view! {
                <line class="plot-grid" x1="0" x2=px(w) y1=px(h - v * h) y2=px(h - v * h) />
                <text class="plot-tick plot-end" x="-6" y=px(h - v * h + 4.0)>{format::tick(v)}</text>
                <text class="plot-tick plot-middle" x=px(v * w) y=px(h + 16.0)>{format::tick(v)}</text>
            }
        };
        let line = |side: usize, class: &'static str| view! { <polyline class=class points=points(&both[side], curve, SIZE) /> };
        let ball = |side: usize, class: &'static str| {
            let of = both[side].clone();
            live(move || dot(&of, curve, at.get(), SIZE).map(|(x, y)| view! { <circle class=class cx=px(x) cy=px(y) r="5" /> }))
        };
        view! {
            <svg
                class="roc-plot"
                viewBox=format!("{} {} {} {}", -left, -top, left + w + right, top + h + bottom)
                role="img"
                aria-label=label
            >
                {[0.0, 0.25, 0.5, 0.75, 1.0].map(tick).collect_view()}
                <line class="plot-diagonal" x1=px(guess[0].0) y1=px(guess[0].1) x2=px(guess[1].0) y2=px(guess[1].1) />
                {line(0, "roc-line roc-baseline")}
                {line(1, "roc-line roc-optimized")}
                {ball(0, "roc-dot roc-dot-baseline")}
                {ball(1, "roc-dot roc-dot-optimized")}
                <text class="plot-label plot-middle" x=px(w / 2.0) y=px(h + 34.0)>{x}</text>
                <text class="plot-label plot-middle" transform="rotate(-90)" x=px(-h / 2.0) y="-38">{y}</text>
            </svg>
            <figcaption class="plot-key">
                <span class="key-baseline">"baseline"</span>
                <span class="key-optimized">"optimized"</span>
                <span class="muted">"dashed: a model that guesses"</span>
            </figcaption>
        }
    })
    .into_any()
}

/// What is right and wrong at the threshold, model by model, and the shares that follow.
fn tables(both: Both, name: Memo<String>, at: RwSignal<usize>) -> AnyView {
    let of = both.clone();
    let square = move |side: usize, model: &'static str, key: &'static str| {
        let of = of[side].clone();
        let cells = live(move || {
            let t: Table = of.table(at.get());
            let row = |actual: String, cells: [u32; 2]| {
                let cells = cells.map(|n| view! { <td class="num">{format::count(u64::from(n))}</td> });
                view! { <tr><th scope="row">{actual}</th>{cells.collect_view()}</tr> }
            };
            view! {
                {row(name.get(), [t.true_positives, t.false_negatives])}
                {row("others".into(), [t.false_positives, t.true_negatives])}
            }
        });
        view! {
            <table class="table" data-testid=key>
                <caption class="muted">{model}</caption>
                <thead>
                    <tr>
                        <td class="muted">"actual ↓ called →"</td>
                        <th scope="col" class="num">{live(move || name.get())}</th>
                        <th scope="col" class="num">"others"</th>
                    </tr>
                </thead>
                <tbody>{cells}</tbody>
            </table>
        }
    };
    let shares = live(move || {
        let row = |(name, values): (&'static str, [String; 2])| {
            let cells = values.map(|v| view! { <td class="num">{v}</td> });
            view! { <tr><th scope="row">{name}</th>{cells.collect_view()}</tr> }
        };
        measures(&both, at.get()).into_iter().map(row).collect_view()
    });
    view! {
        {square(0, "Baseline", "roc-baseline")}
        {square(1, "Optimized", "roc-optimized")}
        <table class="table" data-testid="roc-shares">
            <thead>
                <tr>
                    <td></td>
                    <th scope="col" class="num ink-baseline">"Baseline"</th>
                    <th scope="col" class="num ink-optimized">"Optimized"</th>
                </tr>
            </thead>
            <tbody>{shares}</tbody>
        </table>
    }
    .into_any()
}

/// Where both models lie at every threshold.
fn numbers(both: Both, curve: Memo<Curve>, at: RwSignal<usize>) -> AnyView {
    live(move || {
        let curve = curve.get();
        let [x, y] = axes(curve);
        let one = |i: usize| {
            let (threshold, cells) = row(&both, curve, i);
            let cells = cells.map(|c| view! { <td class="num">{c}</td> });
            view! { <tr class:table-now=live(move || at.get() == i)><th scope="row" class="num">{threshold}</th>{cells.collect_view()}</tr> }
        };
        let columns = [("Baseline", "num ink-baseline"), ("Optimized", "num ink-optimized")];
        let heads = columns.map(|(model, class)| {
            [x, y].map(|axis| view! { <th scope="col" class=class>{format!("{model}: {axis}")}</th> }).collect_view()
        });
        view! {
            <div class="panel-table" tabindex="0" role="region" aria-label="Curves, table" data-testid="roc-table">
                <table class="table">
                    <thead>
                        <tr><th scope="col" class="num">{THRESHOLD.label}</th>{heads.collect_view()}</tr>
                    </thead>
                    <tbody>{(0..THRESHOLDS.len()).map(one).collect_view()}</tbody>
                </table>
            </div>
        }
    })
    .into_any()
}

/// Areas under both curves, class by class.
fn areas(roc: &Roc, names: &[String]) -> AnyView {
    let row = |(name, cells): (String, [String; 5])| {
        let cells = cells.map(|c| view! { <td class="num">{c}</td> });
        view! { <tr><th scope="row">{name}</th>{cells.collect_view()}</tr> }
    };
    let heads = ["Samples", "AUC, baseline", "AUC, optimized", "Average precision, baseline", "Average precision, optimized"];
    view! {
        <div class="panel-table" tabindex="0" role="region" aria-label="Areas under the curves by class" data-testid="roc-areas">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Class"</th>
                        {heads.map(|head| view! { <th scope="col" class="num">{head}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{by_class(roc, names).into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn px(v: f64) -> String {
    format!("{v:.1}")
}
