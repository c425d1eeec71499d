//! Weights of a layer as a histogram, with the grid of numbers that they are stored as drawn over it.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::{html, prelude::*};

use super::{
    table_toggle::TableToggle,
    weights_table::{Bars, Layers},
};
use crate::{
    app::charts::size_of,
    protocol::{Histogram, Inspect, ModelReport},
    state::{
        Compared, format,
        look::weights::{Bar, Plot, caption, facts, layers, plot},
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
    /// Changes when the worker has to be asked anew.
    #[prop(into)]
    engine: Signal<String>,
    /// Asks for weights; `None` when nobody looks any more.
    on_inspect: Callback<Option<Inspect>>,
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
    let choose_layer = Callback::new(move |layer: usize| chosen.set(Inspect { layer: Some(layer), unit: None }));
    let choose_unit = move |text: String| chosen.set(Inspect { layer: layer.get_untracked(), unit: text.parse().ok() });
    view! {
        <div class="weights" data-testid="weights">
            <div class="panel-head">
                <span class="weights-menus">
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
                        <select data-testid="weights-unit" on:change:target=move |e| choose_unit(e.target().value())>
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
                    <span class="key-living">"fp32 weights"</span>
                    <span class="key-level">"levels they are stored as"</span>
                    <span class="key-pruned">"pruned"</span>
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
                            <Chart histogram name=Signal::derive(name) />
                        </Show>
                    </div>
                    <dl class="weights-facts">
                        {live(move || told().into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd class="num">{value}</dd></div> }).collect_view())}
                    </dl>
                    <Layers rows layer on_choose=choose_layer />
                </div>
            </Show>
        </div>
    }
}

/// Bars, levels and what is clipped.
#[component]
fn Chart(histogram: Signal<Option<Arc<Histogram>>>, name: Signal<String>) -> impl IntoView {
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
                {plot.pruned.map(|bar| pruned(&plot, bar, histogram.pruned))}
                {plot.bars.iter().map(|bar| rect("weights-bar", bar)).collect_view()}
                {plot.levels.iter().map(|x| level(&plot, *x)).collect_view()}
            </svg>
        })
    });
    view! { <div class="plot-room" node_ref=room>{svg}</div> }
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
fn pruned(plot: &Plot, bar: Bar, count: u64) -> impl IntoView + use<> {
    let text = plot.broken.then(|| {
        let (x, y) = (bar.x + bar.width / 2.0, plot.span.0 - 5.0);
        view! { <text class="plot-tick plot-middle" x=px(x) y=px(y)>{format!("{} pruned ↑", format::count(count))}</text> }
    });
    (rect("weights-pruned", &bar), text)
}

fn level(plot: &Plot, x: f64) -> impl IntoView + use<> {
    view! { <line class="weights-level" x1=px(x) x2=px(x) y1=px(plot.span.0) y2=px(plot.span.1 + 4.0) /> }
}

fn rect(class: &'static str, bar: &Bar) -> impl IntoView + use<> {
    view! { <rect class=class x=px(bar.x) y=px(bar.y) width=px(bar.width) height=px(bar.height) /> }
}

fn px(v: f64) -> String {
    format!("{v:.1}")
}
