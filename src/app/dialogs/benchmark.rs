//! Benchmarks this device with the engine's own kernels, and hands the figures out.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    app::{desk::Desk, files},
    state::{
        Phase,
        look::{
            benchmark::{Benchmarked, Device, Row, csv, gpu_sentence, json, layer_cells, markdown, of_peak, sentence, shown, times},
            profile::LayerFigures,
        },
    },
};

/// The benchmark. One that is under way is stopped with its sheet: training does not wait for what nobody sees.
#[component]
pub fn BenchmarkSheet() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let (news, found) = (desk.parts.benchmark, desk.parts.benchmarked);
    let working = Memo::new(move |_| news.with(Option::is_some));
    let idle = move || desk.parts.phase.get() != Phase::Running;
    on_cleanup(move || {
        if desk.page.with_untracked(|p| p.benchmark.is_some()) {
            desk.stop_benchmark();
        }
    });
    let start = move || {
        let label = if found.with(Option::is_some) { "Measure again" } else { "Start" };
        view! {
            <button type="button" class="button" data-testid="bench-start" disabled=idle on:click=move |_| desk.benchmark()>{label}</button>
        }
        .into_any()
    };
    let progress = move || {
        let share = move || news.with(|n| n.as_ref().map_or(0.0, |n| n.0));
        let what = move || news.with(|n| n.as_ref().map_or_else(String::new, |n| n.1.clone()));
        view! {
            <button type="button" class="button" data-testid="bench-stop" on:click=move |_| desk.stop_benchmark()>"Cancel"</button>
            <progress data-testid="bench-progress" aria-label="Benchmark" max="1" prop:value=share></progress>
            <span class="muted">{what}</span>
        }
        .into_any()
    };
    // Said when it begins and when it ends, not ten times a second.
    let said = move || {
        if working.get() {
            "Measuring; training waits."
        } else if found.with(Option::is_some) {
            "Measured."
        } else {
            ""
        }
    };
    view! {
        <div class="bench" data-testid="benchmark">
            <p>
                "Runs the engine's own kernels in the worker that trains, round after round, then those of the GPU where there is one, then this model "
                "layer by layer: ten to twenty seconds. "
                "Training waits meanwhile, and goes on afterwards."
            </p>
            <div class="bench-act">{move || if working.get() { progress() } else { start() }}</div>
            <p class="visually-hidden" role="status">{said}</p>
            {move || found.get().map(|found| view! { <Found found /> })}
        </div>
    }
}

/// The device as the browser describes it.
fn device(desk: Desk) -> Device {
    let navigator = window().navigator();
    let cores = js_sys::Reflect::get(&navigator, &"hardwareConcurrency".into()).ok().and_then(|n| n.as_f64());
    Device {
        engine: desk.parts.engine.get_untracked(),
        cores: cores.unwrap_or(0.0) as usize,
        agent: navigator.user_agent().unwrap_or_default(),
    }
}

/// The tables, and ways to take them along.
#[component]
fn Found(found: Arc<Benchmarked>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let save = |name: &'static str, text: fn(&Benchmarked, &Device) -> String| {
        let found = found.clone();
        move |_| files::download(name, text(&found, &device(desk)).as_bytes())
    };
    // Notices lie under an open sheet.
    let copied = RwSignal::new("");
    let copy = {
        let found = found.clone();
        move |_| {
            let text = markdown(&found, &device(desk));
            leptos::task::spawn_local(async move {
                let done = files::copy(&text).await;
                copied.try_set(if done { "Copied." } else { "The browser did not allow copying; the files hold the same." });
            });
        }
    };
    let layers = found.layers.iter().map(layer).collect_view();
    view! {
        <div class="bench-scroll" tabindex="0" role="region" aria-label="This device">
            <table class="table bench-table" data-testid="bench-rows">
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col" class="num">"Time"</th>
                        <th scope="col" class="num">"Rate"</th>
                        <th scope="col">"Of this core's peak"</th>
                        <th scope="col" class="num">"Against f32"</th>
                        <th scope="col" class="num">"Weights"</th>
                    </tr>
                </thead>
                <tbody>{shown(&found.rows).into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
        <div class="bench-scroll" tabindex="0" role="region" aria-label="This model" hidden=found.layers.is_empty()>
            <table class="table" data-testid="bench-layers">
                <caption>"This model, one sample"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Layer"</th>
                        <th scope="col">"Kernel"</th>
                        <th scope="col" class="num ink-baseline">"Baseline"</th>
                        <th scope="col" class="num ink-optimized">"Optimized"</th>
                        <th scope="col" class="num">"Multiply-adds"</th>
                        <th scope="col" class="num">"Weights"</th>
                        <th scope="col" class="num">"Output"</th>
                    </tr>
                </thead>
                <tbody>{layers}</tbody>
            </table>
        </div>
        <p class="muted bench-device" data-testid="bench-gpu">{gpu_sentence(&found.gpu)}</p>
        <p class="muted bench-device">{sentence(&device(desk))}</p>
        <div class="bench-act">
            <button type="button" class="quiet" data-testid="bench-copy" on:click=copy>"Copy as Markdown"</button>
            <button type="button" class="quiet" data-testid="bench-csv" on:click=save("whittle-benchmark.csv", csv)>"CSV"</button>
            <button type="button" class="quiet" data-testid="bench-json" on:click=save("whittle-benchmark.json", |f, d| format!("{:#}\n", json(f, d)))>
                "JSON"
            </button>
            <span class="muted" role="status">{copied}</span>
        </div>
    }
}

fn row(row: Row) -> impl IntoView {
    let heading = (!row.group.is_empty()).then(|| {
        view! { <tr class="bench-group"><th scope="colgroup" colspan="6">{row.group.clone()}</th></tr> }
    });
    // Within 3 % two times are the same, as everywhere on the page.
    let slower = row.speed.is_some_and(|s| s < 0.97);
    view! {
        {heading}
        <tr>
            <th scope="row" title=row.about>{row.form}</th>
            <td class="num" title=row.spread>{row.time}</td>
            <td class="num">{row.rate}</td>
            <td>
                {row.share.map(|share| view! {
                    <span class="bench-peak">
                        <span class="bar" class:bench-bar-peak=row.peak style:width=format!("{:.1}%", 100.0 * share.min(1.0))></span>
                    </span>
                })}
                <span class="num">{of_peak(row.share)}</span>
            </td>
            <td class="num" class:bench-slower=slower>{times(row.speed)}{slower.then_some(" slower")}</td>
            <td class="num">{row.bytes}</td>
        </tr>
    }
}

fn layer(figures: &LayerFigures) -> impl IntoView + use<> {
    let [label, kernel, baseline, optimized, macs, weights, output] = layer_cells(figures);
    view! {
        <tr>
            <th scope="row">{label}</th>
            <td class="muted">{kernel}</td>
            <td class="num ink-baseline">{baseline}</td>
            <td class="num ink-optimized">{optimized}</td>
            <td class="num">{macs}</td>
            <td class="num">{weights}</td>
            <td class="num">{output}</td>
        </tr>
    }
}
