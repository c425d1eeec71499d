//! Milliseconds of both models, measured on this device, where they go, and what lies in memory meanwhile.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use crate::{
    protocol::{LatencyReport, ModelReport, OptimizedReport, Timing},
    state::{
        Compared, format,
        look::latency::{BatchRow, LayerRow, batches, bytes_of, clear, layers, spread, throughput, verdict},
    },
};

/// Times per call and throughput at each batch size; time and memory per layer. Both models were called in turn, so that drift of the device cancels.
#[component]
pub fn LatencyTable(
    /// The measurement; the short first one has no layers.
    #[prop(into)]
    latency: Signal<Option<Arc<LatencyReport>>>,
    /// The layers.
    #[prop(into)]
    model: Signal<Option<Arc<ModelReport>>>,
    /// The last comparison, for kernels and memory of the layers.
    #[prop(into)]
    compared: Signal<Option<Arc<Compared>>>,
    /// Asks for the full measurement.
    on_measure: Callback<()>,
    /// Whether it is under way.
    #[prop(into, optional)]
    measuring: Signal<bool>,
    /// Opens the benchmark of the device.
    on_benchmark: Callback<()>,
) -> impl IntoView {
    let rows = Memo::new(move |_| latency.with(|l| l.as_ref().map(|l| batches(l)).unwrap_or_default()));
    let parts = Memo::new(move |_| {
        let (Some(latency), Some(model), Some(compared)) = (latency.get(), model.get(), compared.get()) else { return Vec::new() };
        let OptimizedReport { kernels, memory, .. } = &compared.report;
        layers(&latency, &model, kernels, memory)
    });
    let timed = Memo::new(move |_| parts.with(|p| p.iter().any(|l| l.time.is_some())));
    let caption = move || {
        let time = if timed.get() { "median of one sample" } else { "measure to see the time of each" };
        format!("Per layer: {time}; bytes in memory of its weights, and of its output for one sample")
    };
    let button = live(move || if measuring.get() { "Measuring…" } else { "Measure" });
    view! {
        <div class="latency" data-testid="latency">
            <div class="panel-head">
                <p class="muted">"Median (p50) and 95th percentile (p95) of calls on this device, both models in turn."</p>
                <button
                    type="button"
                    class="quiet"
                    data-testid="measure"
                    disabled=live(move || measuring.get())
                    on:click=move |_| on_measure.run(())
                >
                    {button}
                </button>
                <button type="button" class="quiet" data-testid="benchmark-from-latency" on:click=move |_| on_benchmark.run(())>
                    "Benchmark this device"
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
                                <th scope="col" class="num">"samples/s"</th>
                                <th scope="col" class="num ink-optimized">"Optimized p50"</th>
                                <th scope="col" class="num">"p95"</th>
                                <th scope="col" class="num">"samples/s"</th>
                                <th scope="col" class="num">"Change"</th>
                            </tr>
                        </thead>
                        <tbody>{live(move || rows.get().into_iter().map(batch).collect_view())}</tbody>
                    </table>
                    <table class="latency-layers" data-testid="latency-layers">
                        <caption class="muted">{live(caption)}</caption>
                        <thead>
                            <tr class="muted">
                                <th scope="col">"Layer"</th>
                                <th scope="col">"Kernel"</th>
                                <td class="latency-bars"></td>
                                <th scope="col" class="num ink-baseline">"Baseline"</th>
                                <th scope="col" class="num ink-optimized">"Optimized"</th>
                                <th scope="col" class="num">"Weights"</th>
                                <th scope="col" class="num">"Output"</th>
                            </tr>
                        </thead>
                        <tbody>{live(move || parts.get().into_iter().map(layer).collect_view())}</tbody>
                    </table>
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
            <td class="num">{per_second(&t)}</td>
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

/// Samples per second at the median and, below, at the 95th percentile.
fn per_second(t: &Timing) -> impl IntoView + use<> {
    throughput(t).map(|(median, least)| {
        view! {
            {format::compact(median)}
            <span class="latency-least muted" title="What 95 of 100 calls reach">{format!("≥ {}", format::compact(least))}</span>
        }
    })
}

fn layer(row: LayerRow) -> impl IntoView {
    let width = |share: f64| format!("{:.1}%", share * 100.0);
    let time = |t: Option<Timing>, none: &str| t.map_or_else(|| none.to_string(), |t| format::duration(t.p50));
    let baseline = time(row.time.as_ref().map(|t| t.baseline), "–");
    let optimized = row.time.as_ref().map_or_else(|| "–".into(), |t| time(t.optimized, "gone"));
    let spreads = (row.time.as_ref().map(|t| spread(&t.baseline)), row.time.as_ref().and_then(|t| t.optimized.as_ref().map(spread)));
    let memory = row.memory.unwrap_or_default();
    view! {
        <tr>
            <th scope="row">{row.label}</th>
            <td class="latency-kernel muted">{row.kernel}</td>
            <td class="latency-bars" aria-hidden="true">
                <span class="bar bar-baseline" style:width=width(row.bars.0)></span>
                <span class="bar bar-optimized" style:width=width(row.bars.1)></span>
            </td>
            <td class="num ink-baseline" title=spreads.0>{baseline}</td>
            <td class="num ink-optimized" title=spreads.1>{optimized}</td>
            <td class="num">{bytes_of(memory.baseline.weights, memory.optimized.weights)}</td>
            <td class="num">{bytes_of(memory.baseline.activations, memory.optimized.activations)}</td>
        </tr>
    }
}
