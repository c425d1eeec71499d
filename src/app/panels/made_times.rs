//! Times of what a recipe made: beside the trained model, and layer by layer.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    app::live::live,
    protocol::{MadeLayer, MadeTimes, Timing},
    state::format,
};

/// Both models at each batch size, and the layers that the recipe left.
#[component]
pub fn MadeTimesTable(
    /// The measurement.
    #[prop(into)]
    times: Signal<Option<Arc<MadeTimes>>>,
    /// Asks for it.
    on_measure: Callback<()>,
) -> impl IntoView {
    let rows = move || {
        let times = times.get()?;
        let row = |(baseline, made): (&Timing, &Timing)| {
            view! {
                <tr>
                    <th scope="row" class="num">{baseline.batch}</th>
                    <td class="num ink-baseline">{format::duration(baseline.p50)}</td>
                    <td class="num ink-optimized">{format::duration(made.p50)}</td>
                    <td class="num muted">{format::duration(made.p95)}</td>
                    <td class="num">{format::speed(baseline.p50, made.p50)}</td>
                </tr>
            }
        };
        Some(times.baseline.iter().zip(&times.made).map(row).collect_view())
    };
    let layers = move || times.get().map(|t| t.layers.iter().map(layer).collect_view());
    view! {
        <div class="latency" data-testid="made-latency">
            <div class="panel-head">
                <p class="muted">"Of what the recipe made, which may have other layers than the network that trains; on this device, in turn with the trained model."</p>
                <button type="button" class="quiet" data-testid="measure-made" on:click=move |_| on_measure.run(())>"Measure"</button>
            </div>
            <div class="latency-sides">
                <table class="table latency-batches">
                    <thead>
                        <tr>
                            <th scope="col">"Samples per call"</th>
                            <th scope="col" class="num ink-baseline">"Trained p50"</th>
                            <th scope="col" class="num ink-optimized">"Recipe p50"</th>
                            <th scope="col" class="num">"p95"</th>
                            <th scope="col" class="num">"Change"</th>
                        </tr>
                    </thead>
                    <tbody>{live(rows)}</tbody>
                </table>
                <table class="latency-layers" data-testid="made-layers">
                    <thead>
                        <tr class="muted">
                            <th scope="col">"Layer"</th>
                            <th scope="col">"Kernel"</th>
                            <th scope="col" class="num">"Median"</th>
                            <th scope="col" class="num">"Weights"</th>
                            <th scope="col" class="num">"Output"</th>
                        </tr>
                    </thead>
                    <tbody>{live(layers)}</tbody>
                </table>
            </div>
        </div>
    }
}

fn layer(layer: &MadeLayer) -> impl IntoView + use<> {
    let bytes = |n: u64| if n == 0 { "–".into() } else { format::bytes(n) };
    view! {
        <tr>
            <th scope="row">{layer.label.clone()}</th>
            <td class="latency-kernel muted">{layer.kernel.clone()}</td>
            <td class="num">{layer.time.map_or_else(|| "–".into(), |t| format::duration(t.p50))}</td>
            <td class="num">{bytes(layer.memory.weights)}</td>
            <td class="num">{bytes(layer.memory.activations)}</td>
        </tr>
    }
}
