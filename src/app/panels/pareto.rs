//! Everything tried: score against bytes and against milliseconds, and what nothing beats.

use std::sync::Arc;

use leptos::{ev, html, prelude::*};

use super::{open_words, table_toggle::TableToggle};
use crate::{
    app::charts::size_of,
    experiment::Experiment,
    state::{
        Task, Tried, format,
        look::pareto::{Cost, MARGIN, Plot, plot},
    },
};

/// Score against the two costs of a model, each with the front of what nothing beats. A click on a point opens its experiment.
#[component]
pub fn Pareto(
    /// Everything tried.
    #[prop(into)]
    tried: Signal<Arc<Vec<Tried>>>,
    /// Accuracy or R².
    #[prop(into)]
    task: Signal<Task>,
    /// Opens an experiment.
    on_open: Callback<Arc<Experiment>>,
    /// Whether opening it starts a new run.
    fresh: Callback<Arc<Experiment>, bool>,
) -> impl IntoView {
    let table = RwSignal::new(false);
    let count = move || tried.with(|t| t.len());
    let words = move || match count() {
        0 => "Every comparison leaves a point here.".to_string(),
        1 | 2 => "Move the sliders: every comparison leaves a point here.".into(),
        n => format!("{n} models tried. On the line: what nothing else beats."),
    };
    view! {
        <div class="pareto" data-testid="pareto">
            <div class="panel-head">
                <p class="muted">{words}</p>
                <TableToggle shown=table of="Models tried" />
            </div>
            <div class="pareto-sides" class:behind=table>
                <Chart tried task on_open fresh cost=Cost::Bytes title="File size" />
                <Chart tried task on_open fresh cost=Cost::Ms title="Time per sample" />
            </div>
            <Show when=move || table.get()><Table tried task on_open fresh /></Show>
        </div>
    }
}

fn write_cost(cost: Cost, value: f64) -> String {
    match cost {
        Cost::Bytes => format::bytes(value.round() as u64),
        Cost::Ms => format::duration(value),
    }
}

fn describe(t: &Tried, task: Task) -> String {
    let ms = if t.ms.is_finite() { format!(", {}", format::duration(t.ms)) } else { String::new() };
    format!("{}: {}, {}{ms}", t.label, task.score(t.score), format::bytes(t.bytes))
}

/// One of the two charts.
#[component]
fn Chart(
    tried: Signal<Arc<Vec<Tried>>>,
    task: Signal<Task>,
    on_open: Callback<Arc<Experiment>>,
    fresh: Callback<Arc<Experiment>, bool>,
    cost: Cost,
    title: &'static str,
) -> impl IntoView {
    let room = NodeRef::<html::Div>::new();
    let size = size_of(room);
    let pointed = RwSignal::new(None::<usize>);
    let plotted = Memo::new(move |_| {
        let (w, h) = size.get();
        if w < 100.0 || h < 90.0 { None } else { tried.with(|t| plot(t, cost, w, h)) }
    });
    let open = move |i: usize| {
        if let Some(experiment) = tried.with_untracked(|t| t.get(i).map(|t| t.experiment.clone())) {
            on_open.run(experiment);
        }
    };
    let label = move || {
        let front = plotted.with(|p| p.as_ref().map_or(0, |p| p.front.len()));
        format!("Score against {}: {front} models that nothing beats", title.to_lowercase())
    };
    let svg = move || {
        let plot = plotted.get()?;
        let (w, h) = size.get_untracked();
        let (left, top, right, bottom) = MARGIN;
        let score = move |v: f64| task.get().score(v as f32);
        let x_tick = |v: f64| {
            view! {
                <line class="plot-grid" x1=px(plot.x.at(v)) x2=px(plot.x.at(v)) y1=px(top) y2=px(h - bottom) />
                <text class="plot-tick plot-middle" x=px(plot.x.at(v)) y=px(h - bottom + 15.0)>{write_cost(cost, v)}</text>
            }
        };
        let y_tick = |v: f64| {
            view! {
                <line class="plot-grid" x1=px(left) x2=px(w - right) y1=px(plot.y.at(v)) y2=px(plot.y.at(v)) />
                <text class="plot-tick plot-end" x=px(left - 6.0) y=px(plot.y.at(v) + 4.0)>{score(v)}</text>
            }
        };
        let marks = tried.with(|all| {
            order(all, &plot)
                .into_iter()
                .filter_map(|i| mark(i, &all[i], &plot, task.get(), pointed, Callback::new(open), fresh))
                .collect_view()
        });
        Some(view! {
            <svg class="plot" width=px(w) height=px(h) role="group" aria-label=label>
                {plot.x.ticks((w / 90.0) as usize).into_iter().map(x_tick).collect_view()}
                {plot.y.ticks((h / 44.0) as usize).into_iter().map(y_tick).collect_view()}
                <path class="pareto-front" d=plot.path.clone() />
                {marks}
            </svg>
        })
    };
    let tip = move || {
        let (i, plot) = (pointed.get()?, plotted.get()?);
        let (x, y) = plot.places.get(i).copied().flatten()?;
        let text =
            tried.with(|t| t.get(i).map(|t| format!("{}. {}.", describe(t, task.get()), open_words(fresh.run(t.experiment.clone())))))?;
        let right = x > size.with(|s| s.0) * 0.55;
        Some(
            view! { <p class="plot-tip" class:plot-tip-left=right style:left=format!("{x:.0}px") style:top=format!("{y:.0}px")>{text}</p> },
        )
    };
    view! {
        <figure class="pareto-chart">
            <figcaption>{move || task.get().score_name()} " against " {title.to_lowercase()}</figcaption>
            <div class="plot-room" node_ref=room>
                {svg}
                {tip}
                <Show when=move || plotted.with(Option::is_none)><p class="empty">"The first point comes with the first comparison."</p></Show>
            </div>
        </figure>
    }
}

/// In which order points are drawn and walked: by cost, the current one last and so on top.
fn order(all: &[Tried], plot: &Plot) -> Vec<usize> {
    let mut order: Vec<usize> = (0..all.len()).filter(|i| plot.places[*i].is_some()).collect();
    let x = |i: usize| plot.places[i].map_or(0.0, |p| p.0);
    order.sort_by(|a, b| all[*a].current.cmp(&all[*b].current).then(x(*a).total_cmp(&x(*b))));
    order
}

/// A model as a point that can be pointed at, focused and opened.
fn mark(
    i: usize,
    t: &Tried,
    plot: &Plot,
    task: Task,
    pointed: RwSignal<Option<usize>>,
    open: Callback<usize>,
    fresh: Callback<Arc<Experiment>, bool>,
) -> Option<impl IntoView + use<>> {
    let (x, y) = plot.places[i]?;
    let front = plot.front.contains(&i);
    let key = move |event: ev::KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            open.run(i);
        }
    };
    let note = match (t.current, front) {
        (true, true) => ", now, on the front",
        (true, false) => ", now",
        (false, true) => ", on the front",
        (false, false) => "",
    };
    Some(view! {
        <g
            class="pareto-mark"
            class:pareto-base=t.baseline
            class:pareto-on=front
            class:pareto-now=t.current
            // Points that something beats are reached in the table.
            tabindex=if front || t.current { "0" } else { "-1" }
            role="button"
            aria-label=format!("{}{note}. {}", describe(t, task), open_words(fresh.run(t.experiment.clone())))
            on:pointerenter=move |_| pointed.set(Some(i))
            on:pointerleave=move |_| pointed.set(None)
            on:focus=move |_| pointed.set(Some(i))
            on:blur=move |_| pointed.set(None)
            on:click=move |_| open.run(i)
            on:keydown=key
        >
            <circle class="pareto-hit" cx=px(x) cy=px(y) r="12" />
            {t.current.then(|| view! { <circle class="pareto-ring" cx=px(x) cy=px(y) r="9" /> })}
            <circle class="pareto-dot" cx=px(x) cy=px(y) r=if front || t.current { "5" } else { "3.5" } />
        </g>
    })
}

#[component]
fn Table(
    tried: Signal<Arc<Vec<Tried>>>,
    task: Signal<Task>,
    on_open: Callback<Arc<Experiment>>,
    fresh: Callback<Arc<Experiment>, bool>,
) -> impl IntoView {
    let body = move || {
        tried.with(|all| {
            let fronts = [Cost::Bytes, Cost::Ms].map(|cost| plot(all, cost, 400.0, 300.0).map(|p| p.front).unwrap_or_default());
            let row = |(i, t): (usize, &Tried)| {
                let on: Vec<&str> = fronts.iter().zip(["size", "time"]).filter(|(f, _)| f.contains(&i)).map(|(_, name)| name).collect();
                let experiment = t.experiment.clone();
                let words = open_words(fresh.run(experiment.clone()));
                view! {
                    <tr class:table-now=t.current>
                        <th scope="row">{t.label.clone()}</th>
                        <td class="num">{task.get().score(t.score)}</td>
                        <td class="num">{format::bytes(t.bytes)}</td>
                        <td class="num">{format::duration(t.ms)}</td>
                        <td>{on.join(", ")}</td>
                        <td>
                            <button type="button" class="quiet" aria-label=format!("{words}: {}", t.label) on:click=move |_| on_open.run(experiment.clone())>{words}</button>
                        </td>
                    </tr>
                }
            };
            all.iter().enumerate().rev().map(row).collect_view()
        })
    };
    view! {
        <div class="panel-table" tabindex="0" role="region" aria-label="Models tried, table">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Model"</th>
                        <th scope="col" class="num">{move || task.get().score_name()}</th>
                        <th scope="col" class="num">"Size"</th>
                        <th scope="col" class="num">"Time"</th>
                        <th scope="col">"On the front of"</th>
                        <td></td>
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
}

fn px(v: f64) -> String {
    format!("{v:.1}")
}
