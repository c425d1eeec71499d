//! Milliseconds of both models, measured on this device, and where they go.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    protocol::{LatencyReport, ModelReport, Timing},
    state::{
        format,
        look::latency::{BatchRow, LayerRow, batches, clear, layers, spread, verdict},
    },
};

/// Times per call at each batch size, and per layer. Both models were called in turn, so that drift of the device cancels.
#[component]
pub fn LatencyTable(
    /// The measurement; the short first one has no layers.
    #[prop(into)]
    latency: Signal<Option<Arc<LatencyReport>>>,
    /// The layers.
    #[prop(into)]
    model: Signal<Option<Arc<ModelReport>>>,
    /// Kernel of each layer of the optimized model.
    #[prop(into, optional)]
    kernels: Signal<Vec<String>>,
    /// Asks for the full measurement.
    on_measure: Callback<()>,
    /// Whether it is under way.
    #[prop(into, optional)]
    measuring: Signal<bool>,
) -> impl IntoView {
    let rows = Memo::new(move |_| latency.with(|l| l.as_ref().map(|l| batches(l)).unwrap_or_default()));
    let parts = Memo::new(move |_| {
        let (Some(latency), model) = (latency.get(), model.get()) else { return Vec::new() };
        kernels.with(|k| layers(&latency, model.as_deref(), k))
    });
    let button = move || if measuring.get() { "Measuring…" } else { "Measure" };
    view! {
        <div class="latency" data-testid="latency">
            <div class="panel-head">
                <p class="muted">"Median (p50) and 95th percentile (p95) of calls on this device, both models in turn."</p>
                <button
                    type="button"
                    class="quiet"
                    data-testid="measure"
                    disabled=move || measuring.get()
                    on:click=move |_| on_measure.run(())
                >
                    {button}
                </button>
            </div>
            <Show when=move || rows.with(|r| !r.is_empty()) fallback=|| view! { <p class="muted">"Times come with the first comparison."</p> }>
                <div class="latency-sides">
                    <table class="table latency-batches">
                        <thead>
                            <tr>
                                <th scope="col">"Samples per call"</th>
                                <th scope="col" class="num ink-baseline">"Baseline p50"</th>
                                <th scope="col" class="num">"p95"</th>
                                <th scope="col" class="num ink-optimized">"Optimized p50"</th>
                                <th scope="col" class="num">"p95"</th>
                                <th scope="col" class="num">"Change"</th>
                            </tr>
                        </thead>
                        <tbody>{move || rows.get().into_iter().map(batch).collect_view()}</tbody>
                    </table>
                    <Show
                        when=move || parts.with(|p| !p.is_empty())
                        fallback=|| view! { <p class="muted">"Measure to see the time of each layer."</p> }
                    >
                        <table class="latency-layers">
                            <caption class="muted">"Per layer, one sample, median"</caption>
                            <thead class="visually-hidden">
                                <tr>
                                    <th scope="col">"Layer"</th>
                                    <th scope="col">"Kernel"</th>
                                    <th scope="col">"Bars"</th>
                                    <th scope="col">"Baseline"</th>
                                    <th scope="col">"Optimized"</th>
                                </tr>
                            </thead>
                            <tbody>{move || parts.get().into_iter().map(layer).collect_view()}</tbody>
                        </table>
                    </Show>
                </div>
            </Show>
        </div>
    }
}

fn batch(row: BatchRow) -> impl IntoView {
    let cells = |t: Timing, class: &'static str| {
        view! {
            <td class=format!("num {class}") title=spread(&t)>{format::duration(t.p50)}</td>
            <td class="num muted">{format::duration(t.p95)}</td>
        }
    };
    let overlap = !clear(&row.baseline, &row.optimized);
    view! {
        <tr>
            <th scope="row" class="num">{row.batch}</th>
            {cells(row.baseline, "ink-baseline")}
            {cells(row.optimized, "ink-optimized")}
            <td class="num">
                {verdict(&row.baseline, &row.optimized)}
                {overlap.then(|| view! { <span class="latency-overlap muted" title="Of 100 calls some of the faster model take as long as usual ones of the slower">" ± calls overlap"</span> })}
            </td>
        </tr>
    }
}

fn layer(row: LayerRow) -> impl IntoView {
    let width = |share: f64| format!("{:.1}%", share * 100.0);
    let optimized = row.optimized.map_or_else(|| "gone".into(), format::duration);
    view! {
        <tr>
            <th scope="row">{row.label}</th>
            <td class="latency-kernel muted">{row.kernel}</td>
            <td class="latency-bars" aria-hidden="true">
                <span class="bar bar-baseline" style:width=width(row.bars.0)></span>
                <span class="bar bar-optimized" style:width=width(row.bars.1)></span>
            </td>
            <td class="num ink-baseline">{format::duration(row.baseline)}</td>
            <td class="num ink-optimized">{optimized}</td>
        </tr>
    }
}
