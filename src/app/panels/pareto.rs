//! Everything tried: score against bytes and against milliseconds, and what nothing beats.

use std::sync::Arc;

use crate::app::live::{For, Show, live};
use leptos::{ev, html, prelude::*};

use super::{
    open_words,
    pareto_table::Table,
    recommend::{data_of, recommended},
    table_toggle::TableToggle,
};
use crate::{
    app::charts::size_of,
    experiment::Experiment,
    state::{
        Task, Tried, format,
        look::{
            pareto::{Cost, MARGIN, Plot, plot},
            recommend::Recommended,
        },
    },
};

/// Score against the two costs of a model, each with the front of what nothing beats on the same data. A click on a point opens its
/// experiment.
#[component]
pub fn Pareto(
    /// Everything tried.
    #[prop(into)]
    tried: Signal<Arc<Vec<Tried>>>,
    /// The experiment under way: models of other data are in the table alone.
    here: Memo<Arc<Experiment>>,
    /// Accuracy or R².
    #[prop(into)]
    task: Signal<Task>,
    /// Opens an experiment.
    on_open: Callback<Arc<Experiment>>,
    /// Whether opening it starts a new run.
    fresh: Callback<Arc<Experiment>, bool>,
) -> impl IntoView {
    let table = RwSignal::new(false);
    let here = data_of(here);
    let picked = recommended(tried, here);
    let picked = Memo::new(move |_| if let Recommended::Take { at, .. } = picked.get() { Some(at) } else { None });
    let counts = Memo::new(move |_| {
        let shown = tried.with(|t| here.with(|here| t.iter().filter(|t| t.compares(here)).count()));
        (shown, tried.with(|t| t.len()) - shown)
    });
    let words = live(move || {
        let (shown, others) = counts.get();
        let others = if others > 0 { format!(" {others} of other data are in the table.") } else { String::new() };
        match shown {
            0 => format!("Every comparison leaves a point here.{others}"),
            1 | 2 => format!("Move the sliders: every comparison leaves a point here.{others}"),
            n => format!("{n} models tried on this data. On the line: what nothing else beats.{others}"),
        }
    });
    let see = Look { tried, here, task, picked, on_open, fresh };
    view! {
        <div class="pareto" data-testid="pareto">
            <div class="panel-head">
                <p class="muted">{words}</p>
                <TableToggle shown=table of="Models tried" />
            </div>
            <div class="pareto-sides" class:behind=table>
                <Chart see cost=Cost::Bytes title="File size" />
                <Chart see cost=Cost::Ms title="Time per sample" />
            </div>
            <Key behind=table />
            <Show when=move || table.get()><Table tried here on_open fresh /></Show>
        </div>
    }
}

/// What both charts look at.
#[derive(Clone, Copy)]
struct Look {
    tried: Signal<Arc<Vec<Tried>>>,
    here: Memo<Arc<Experiment>>,
    task: Signal<Task>,
    picked: Memo<Option<usize>>,
    on_open: Callback<Arc<Experiment>>,
    fresh: Callback<Arc<Experiment>, bool>,
}

/// What the marks mean.
#[component]
fn Key(behind: RwSignal<bool>) -> impl IntoView {
    let sign = |class: &'static str, ring: Option<&'static str>, name: &'static str| {
        view! {
            <li>
                <svg width="20" height="20" aria-hidden="true">
                    <g class=class>
                        <circle class="pareto-dot" cx="10" cy="10" r="4.5" />
                        {ring.map(|class| view! { <circle class=class cx="10" cy="10" r="8.5" /> })}
                    </g>
                </svg>
                {name}
            </li>
        }
    };
    view! {
        <ul class="pareto-key" class:behind=behind>
            {sign("pareto-base", None, "fp32 baseline")}
            {sign("pareto-on", None, "nothing beats it")}
            {sign("pareto-on", Some("pareto-ring"), "now")}
            {sign("pareto-on", Some("pareto-pick"), "recommended")}
        </ul>
    }
}

fn write_cost(cost: Cost, value: f64) -> String {
    match cost {
        Cost::Bytes => format::bytes(value.round() as u64),
        Cost::Ms => format::duration(value),
    }
}

fn describe(t: &Tried) -> String {
    let ms = t.ms.map_or_else(String::new, |ms| format!(", {}", format::duration(ms)));
    format!("{}, step {}: {}, {}{ms}", t.label, format::count(t.step), t.task.named(t.score), format::bytes(t.bytes))
}

/// One of the two charts.
#[component]
fn Chart(see: Look, cost: Cost, title: &'static str) -> impl IntoView {
    let Look { tried, here, task, fresh, .. } = see;
    let room = NodeRef::<html::Div>::new();
    let size = size_of(room);
    let pointed = RwSignal::new(None::<usize>);
    let plotted = Memo::new(move |_| {
        let (w, h) = size.get();
        if w < 100.0 || h < 90.0 { None } else { tried.with(|t| here.with(|here| plot(t, here, cost, (w, h)))) }
    });
    let label = move || {
        let front = plotted.with(|p| p.as_ref().map_or(0, |p| p.front.len()));
        format!("Score against {}: {front} models that nothing beats", title.to_lowercase())
    };
    let axes = move || {
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
        Some(view! {
            <g>
                {plot.x.ticks((w / 90.0) as usize).into_iter().map(x_tick).collect_view()}
                {plot.y.ticks((h / 44.0) as usize).into_iter().map(y_tick).collect_view()}
                <path class="pareto-front" d=plot.path.clone() />
            </g>
        })
    };
    // Marks outlive a new point beside them, so that one can keep the focus while training goes on.
    let marks = Memo::new(move |_| plotted.with(|p| p.as_ref().map(|p| tried.with(|all| order(all, p))).unwrap_or_default()));
    let tip = live(move || {
        let (i, plot) = (pointed.get()?, plotted.get()?);
        let (x, y) = plot.places.get(i).copied().flatten()?;
        let text = tried.with(|t| t.get(i).map(|t| format!("{}. {}.", describe(t), open_words(fresh.run(t.experiment.clone())))))?;
        let right = x > size.with(|s| s.0) * 0.55;
        Some(
            view! { <p class="plot-tip" class:plot-tip-left=right style:left=format!("{x:.0}px") style:top=format!("{y:.0}px")>{text}</p> },
        )
    });
    view! {
        <figure class="pareto-chart">
            <figcaption>{live(move || task.get().score_name())} " against " {title.to_lowercase()}</figcaption>
            <div class="plot-room" node_ref=room>
                <Show
                    when=move || plotted.with(Option::is_some)
                    fallback=|| view! { <p class="empty">"The first point comes with the first comparison."</p> }
                >
                    <svg class="plot" width=live(move || px(size.get().0)) height=live(move || px(size.get().1)) role="group" aria-label=live(label)>
                        {live(axes)}
                        <For each=move || marks.get() key=usize::to_string children=move |i| view! { <Mark i see plotted pointed /> } />
                    </svg>
                </Show>
                {tip}
            </div>
        </figure>
    }
}

/// In which order points are drawn and walked: by cost, the current one last and so on top.
fn order(all: &[Tried], plot: &Plot) -> Vec<usize> {
    let mut order: Vec<usize> = (0..all.len()).filter(|i| plot.places.get(*i).is_some_and(Option::is_some)).collect();
    let x = |i: usize| plot.places[i].map_or(0.0, |p| p.0);
    crate::order::sort(&mut order, &|a, b| all[a].current.cmp(&all[b].current).then(x(a).total_cmp(&x(b))));
    order
}

/// A model as a point that can be pointed at, focused and opened.
#[component]
fn Mark(i: usize, see: Look, plotted: Memo<Option<Plot>>, pointed: RwSignal<Option<usize>>) -> impl IntoView {
    let Look { tried, picked, on_open, fresh, .. } = see;
    let place = Memo::new(move |_| plotted.with(|p| p.as_ref().and_then(|p| p.places.get(i).copied().flatten())));
    let front = Memo::new(move |_| plotted.with(|p| p.as_ref().is_some_and(|p| p.front.contains(&i))));
    let is = move |f: fn(&Tried) -> bool| tried.with(|t| t.get(i).is_some_and(f));
    let now = Memo::new(move |_| is(|t| t.current));
    let pick = move || picked.get() == Some(i);
    // A mark that has lost its place is taken away a moment later.
    let x = move || px(place.get().unwrap_or_default().0);
    let y = move || px(place.get().unwrap_or_default().1);
    let open = move || {
        if let Some(experiment) = tried.with_untracked(|t| t.get(i).map(|t| t.experiment.clone())) {
            on_open.run(experiment);
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            event.stop_propagation();
            open();
        }
    };
    let label = live(move || {
        let notes = [(now.get(), ", now"), (front.get(), ", on the front"), (pick(), ", recommended")];
        let notes: String = notes.iter().filter(|n| n.0).map(|n| n.1).collect();
        tried
            .with(|t| t.get(i).map(|t| format!("{}{notes}. {}", describe(t), open_words(fresh.run(t.experiment.clone())))))
            .unwrap_or_default()
    });
    view! {
        <g
            class="pareto-mark"
            class:pareto-base=live(move || is(|t| t.baseline))
            class:pareto-on=front
            class:pareto-now=now
            // Points that something beats are reached in the table.
            tabindex=live(move || if front.get() || now.get() { "0" } else { "-1" })
            role="button"
            aria-label=label
            on:pointerenter=move |_| pointed.set(Some(i))
            on:pointerleave=move |_| pointed.set(None)
            on:focus=move |_| pointed.set(Some(i))
            on:blur=move |_| pointed.set(None)
            on:click=move |_| open()
            on:keydown=key
        >
            <circle class="pareto-hit" cx=x cy=y r="12" />
            {live(move || pick().then(|| view! { <circle class="pareto-pick" cx=x cy=y r="12" /> }))}
            {live(move || now.get().then(|| view! { <circle class="pareto-ring" cx=x cy=y r="8.5" /> }))}
            <circle class="pareto-dot" cx=x cy=y r=live(move || if front.get() || now.get() { "5" } else { "3.5" }) />
        </g>
    }
}

fn px(v: f64) -> String {
    format!("{v:.1}")
}
