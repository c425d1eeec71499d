//! Weights of a layer, or what comes into it, as a histogram, with the grid of numbers that they become drawn over it.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::{ev::PointerEvent, html, prelude::*};

use super::{
    table_toggle::TableToggle,
    weights_clip::{Clip, ClipSlider, set_clip},
    weights_table::{Bars, Layers},
};
use crate::{
    app::{charts::size_of, controls::Stage},
    experiment::Experiment,
    protocol::{Histogram, Inspect, ModelReport},
    state::{
        Compared, format,
        look::{
            clip::{on_edge, share_at},
            weights::{Bar, Plot, caption, facts, layers, plot},
        },
    },
};

/// The histogram of one layer or unit, what its numbers say, and all layers as a table.
#[component]
pub fn WeightHistogram(
    /// The weights of the last comparison.
    #[prop(into)]
    histogram: Signal<Option<Arc<Histogram>>>,
    /// The layers.
    #[prop(into)]
    model: Signal<Option<Arc<ModelReport>>>,
    /// The last comparison, for zeros and errors of all layers.
    #[prop(into)]
    compared: Signal<Option<Arc<Compared>>>,
    /// The experiment.
    #[prop(into)]
    experiment: Signal<Arc<Experiment>>,
    /// What is wrong with clips that were set.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// Changes when the worker has to be asked anew.
    #[prop(into)]
    engine: Signal<String>,
    /// Asks for weights; `None` when nobody looks any more.
    on_inspect: Callback<Option<Inspect>>,
    /// Asks for other clips.
    on_clip: Callback<Clip>,
) -> impl IntoView {
    let chosen = RwSignal::new(Inspect::default());
    let table = RwSignal::new(false);
    Effect::new(move |_| {
        if !engine.with(String::is_empty) {
            on_inspect.run(Some(chosen.get()));
        }
    });
    on_cleanup(move || on_inspect.run(None));

    let rows = Memo::new(move |_| {
        let (model, compared) = (model.get(), compared.get());
        model.map(|m| layers(&m, compared.as_deref().map(|c| &c.report))).unwrap_or_default()
    });
    let layer = Memo::new(move |_| histogram.with(|h| h.as_ref().map(|h| h.layer)));
    let units = Memo::new(move |_| histogram.with(|h| h.as_ref().map_or(0, |h| h.units)));
    let unit = Memo::new(move |_| histogram.with(|h| h.as_ref().and_then(|h| h.unit)));
    let name = move || rows.with(|rows| rows.iter().find(|r| Some(r.layer) == layer.get()).map(|r| r.label.clone())).unwrap_or_default();
    // Options change only with the network, so that an open menu stays open.
    let names = Memo::new(move |_| rows.with(|rows| rows.iter().map(|r| (r.layer, r.label.clone())).collect::<Vec<_>>()));
    let told = move || histogram.with(|h| h.as_ref().map(|h| facts(h)).unwrap_or_default());
    let inputs = Memo::new(move |_| histogram.with(|h| h.as_ref().is_some_and(|h| h.inputs)));
    let choose = move |change: &dyn Fn(&mut Inspect)| {
        chosen.update(|c| {
            c.layer = layer.get_untracked();
            change(c);
        });
    };
    let choose_layer = Callback::new(move |layer: usize| choose(&|c| (c.layer, c.unit) = (Some(layer), None)));
    let choose_unit = move |text: String| choose(&|c| c.unit = text.parse().ok());
    let choose_what = move |text: &str| choose(&|c| (c.inputs, c.unit) = (text == "inputs", None));
    let movable =
        Memo::new(move |_| histogram.with(|h| h.as_ref().is_some_and(|h| h.reach.is_some())) && experiment.with(|e| e.compress.qat == 0));
    view! {
        <div class="weights" data-testid="weights">
            <div class="panel-head">
                <span class="weights-menus">
                    <label>
                        "Of "
                        <select data-testid="weights-what" on:change:target=move |e| choose_what(&e.target().value())>
                            <option value="weights" prop:selected=live(move || !inputs.get())>"weights"</option>
                            <option value="inputs" prop:selected=live(move || inputs.get())>"what comes in"</option>
                        </select>
                    </label>
                    <label>
                        "Layer "
                        <select data-testid="weights-layer" on:change:target=move |e| if let Ok(layer) = e.target().value().parse() { choose_layer.run(layer) }>
                            {live(move || {
                                let option = |(i, label): (usize, String)| {
                                    view! { <option value=i.to_string() prop:selected=live(move || layer.get() == Some(i))>{format!("{}: {label}", i + 1)}</option> }
                                };
                                names.get().into_iter().map(option).collect_view()
                            })}
                        </select>
                    </label>
                    <label>
                        "Unit "
                        <select data-testid="weights-unit" disabled=live(move || inputs.get()) on:change:target=move |e| choose_unit(e.target().value())>
                            <option value="" prop:selected=live(move || unit.get().is_none())>"all"</option>
                            {live(move || {
                                (0..units.get())
                                    .map(|u| view! { <option value=u.to_string() prop:selected=live(move || unit.get() == Some(u))>{u}</option> })
                                    .collect_view()
                            })}
                        </select>
                    </label>
                </span>
                <p class="plot-key">
                    <span class="key-living">{live(move || if inputs.get() { "values as floats" } else { "fp32 weights" })}</span>
                    <span class="key-level">{live(move || if inputs.get() { "levels they are rounded to" } else { "levels they are stored as" })}</span>
                    <span class="key-pruned">{live(move || if inputs.get() { "exactly 0" } else { "pruned" })}</span>
                </p>
                <TableToggle shown=table of="Weights" />
            </div>
            <Show
                when=move || histogram.with(Option::is_some)
                fallback=|| view! { <p class="muted">"The weights come with the first comparison."</p> }
            >
                <div class="weights-sides">
                    <div class="weights-plot">
                        <Show when=move || !table.get() fallback=move || view! { <Bars histogram /> }>
                            <Chart histogram name=Signal::derive(name) movable experiment on_clip />
                        </Show>
                    </div>
                    <div class="weights-facts">
                        <dl>
                            {live(move || told().into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd class="num">{value}</dd></div> }).collect_view())}
                        </dl>
                        <Show when=move || movable.get()>
                            <ClipSlider histogram experiment on_clip />
                        </Show>
                        {live(move || error.get().map(|e| view! { <p class="control-error" role="status">{e}</p> }))}
                    </div>
                    <Layers rows layer on_choose=choose_layer />
                </div>
            </Show>
        </div>
    }
}

/// Bars, levels and what is clipped; where levels can be moved, their outermost ones are dragged.
#[component]
fn Chart(
    histogram: Signal<Option<Arc<Histogram>>>,
    name: Signal<String>,
    movable: Memo<bool>,
    experiment: Signal<Arc<Experiment>>,
    on_clip: Callback<Clip>,
) -> impl IntoView {
    let room = NodeRef::<html::Div>::new();
    let size = size_of(room);
    let label = move || histogram.with(|h| h.as_ref().map(|h| caption(h, &name.get()))).unwrap_or_default();
    let svg = live(move || {
        let histogram = histogram.get()?;
        let (w, h) = size.get();
        let plot = plot(&histogram, (w, h))?;
        Some(view! {
            <svg class="plot" width=px(w) height=px(h) role="img" aria-label=live(label) class:weights-dense=plot.dense>
                {axes(&plot, w, h)}
                {clipped(&plot)}
                {plot.pruned.map(|bar| pruned(&plot, bar, histogram.pruned, if histogram.inputs { "zeros" } else { "pruned" }))}
                {plot.bars.iter().map(|bar| rect("weights-bar", bar)).collect_view()}
                {plot.levels.iter().map(|x| level(&plot, *x)).collect_view()}
                {plot.ends.filter(|_| movable.get()).map(|ends| grips(&plot, ends))}
            </svg>
        })
    });
    // The drawing is made anew with each answer, so the room takes the pointer.
    let (held, over) = (RwSignal::new(false), RwSignal::new(false));
    let at = move |event: &PointerEvent| {
        let room = room.get_untracked()?.get_bounding_client_rect();
        let histogram = histogram.get_untracked()?;
        Some((plot(&histogram, size.get_untracked())?, histogram, f64::from(event.client_x()) - room.left()))
    };
    let drag = move |event: &PointerEvent, stage| {
        let Some((plot, histogram, x)) = at(event) else { return };
        if let Some(share) = share_at(&plot, &histogram, x) {
            on_clip.run(experiment.with_untracked(|e| set_clip(&histogram, e, share, stage)));
        }
    };
    let down = move |event: PointerEvent| {
        if movable.get_untracked() && at(&event).is_some_and(|(plot, _, x)| on_edge(&plot, x)) {
            held.set(true);
            event.prevent_default();
            if let Some(room) = room.get_untracked() {
                // A pointer that cannot be captured still drags while it is over the drawing.
                let _ = room.set_pointer_capture(event.pointer_id());
            }
        }
    };
    let moved = move |event: PointerEvent| {
        if held.get_untracked() {
            drag(&event, Stage::Moving);
        } else {
            over.set(movable.get_untracked() && at(&event).is_some_and(|(plot, _, x)| on_edge(&plot, x)));
        }
    };
    let up = move |event: PointerEvent| {
        if held.get_untracked() {
            held.set(false);
            drag(&event, Stage::Done);
        }
    };
    view! {
        <div
            class="plot-room"
            class:weights-hold=move || held.get() || over.get()
            node_ref=room
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=up
            on:pointercancel=up
        >
            {svg}
        </div>
    }
}

fn axes(plot: &Plot, w: f64, h: f64) -> impl IntoView + use<> {
    let (x, y, (_, floor), (left, right)) = (plot.x, plot.y, plot.span, plot.edges);
    let x_tick = move |v: f64| view! { <text class="plot-tick plot-middle" x=px(x.at(v)) y=px(floor + 15.0)>{format::number(v).replace('-', "\u{2212}")}</text> };
    let y_tick = move |v: f64| {
        view! {
            <line class="plot-grid" x1=px(left) x2=px(right) y1=px(y.at(v)) y2=px(y.at(v)) />
            <text class="plot-tick plot-end" x=px(left - 6.0) y=px(y.at(v) + 4.0)>{format::compact(v)}</text>
        }
    };
    (
        y.ticks((h / 50.0) as usize).into_iter().filter(|v| v.fract() == 0.0).map(y_tick).collect_view(),
        x.ticks((w / 90.0) as usize).into_iter().map(x_tick).collect_view(),
    )
}

/// Beyond the outermost levels.
fn clipped(plot: &Plot) -> impl IntoView + use<> {
    let ((ceiling, floor), (left, right)) = (plot.span, plot.edges);
    plot.clip.map(|(from, to)| {
        let side = |x: f64, width: f64| rect("weights-clip", &Bar { x, y: ceiling, width: width.max(0.0), height: floor - ceiling });
        (side(left, from - left), side(to, right - to))
    })
}

/// The pruned weights, at zero; cut off with a word where they are too many for the axis.
fn pruned(plot: &Plot, bar: Bar, count: u64, what: &str) -> impl IntoView + use<> {
    let text = plot.broken.then(|| {
        let (x, y) = (bar.x + bar.width / 2.0, plot.span.0 - 5.0);
        view! { <text class="plot-tick plot-middle" x=px(x) y=px(y)>{format!("{} {what} ↑", format::count(count))}</text> }
    });
    (rect("weights-pruned", &bar), text)
}

fn level(plot: &Plot, x: f64) -> impl IntoView + use<> {
    view! { <line class="weights-level" x1=px(x) x2=px(x) y1=px(plot.span.0) y2=px(plot.span.1 + 4.0) /> }
}

/// What the outermost levels are taken hold of by.
fn grips(plot: &Plot, (low, high): (f64, f64)) -> impl IntoView + use<> {
    let (top, floor) = plot.span;
    [low, high]
        .map(|x| {
            view! {
                <line class="weights-edge" x1=px(x) x2=px(x) y1=px(top) y2=px(floor) />
                <circle class="weights-grip" cx=px(x) cy=px(top + 4.0) r="5" />
            }
        })
        .collect_view()
}

fn rect(class: &'static str, bar: &Bar) -> impl IntoView + use<> {
    view! { <rect class=class x=px(bar.x) y=px(bar.y) width=px(bar.width) height=px(bar.height) /> }
}

fn px(v: f64) -> String {
    format!("{v:.1}")
}
