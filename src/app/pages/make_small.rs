//! The right column: how the model is made small, and what that did.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use super::recipe::{ExperimentNumber, field};
use crate::{
    app::{
        desk::Desk,
        icons::Icon,
        later::{Part, Place, Waiting},
        panels::CompareCard,
    },
    experiment::{Experiment, PICKS},
    protocol::Form,
    state::{against, format},
};

/// The right column.
#[component]
pub fn MakeSmall() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let compared = desk.parts.compared;
    let measure = Callback::new(move |()| desk.measure());
    let open = Callback::new(move |e: Arc<Experiment>| desk.open_experiment(Experiment::clone(&e), "Opened the recommended model"));
    view! {
        <section class="column small" aria-labelledby="small-title">
            <h2 id="small-title">"Make it small"</h2>
            <Show when=move || desk.parts.is_network.get() fallback=|| view! { <Waiting part=Part::OfLearner(Place::Small) /> }>
                {field("prune").map(|field| view! { <ExperimentNumber field percent=true large=true /> })}
                {field("bits").map(|field| view! { <ExperimentNumber field segmented=true large=true /> })}
                <details class="section more">
                    <summary><h3>"How"</h3><HowSummary /></summary>
                    <div class="section-body">
                        <Waiting part=Part::How quiet=true />
                    </div>
                </details>
            </Show>
            <CompareCard
                compared
                task=desk.parts.task
                tried=desk.parts.tried
                here=desk.parts.experiment
                on_open=open
                on_measure=measure
                measuring=desk.parts.measuring
            />
            <ToBeat />
            <Waiting part=Part::Sizes quiet=true />
            <Show when=move || desk.parts.runs_network.get()><Waiting part=Part::Target quiet=true /></Show>
            <Download />
        </section>
    }
}

/// The pruner, and whether pruning and rounding shape the training, in a few words.
#[component]
fn HowSummary() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let text = live(move || {
        desk.parts.shown.with(|e| {
            let picks =
                PICKS.iter().filter(|p| p.section == "compress" && (p.key == "pruner" || (p.get)(e).key != p.listing.entries[0].key));
            let mut parts: Vec<String> =
                picks.filter_map(|p| p.listing.find(&(p.get)(e).key).ok().map(|entry| entry.label.to_string())).collect();
            if let Some(how) = ["while training", "gradually", "with regrowth"].get(e.compress.during.wrapping_sub(1)) {
                parts.push((*how).into());
            }
            if e.compress.activation_bits > 0 {
                parts.push(format!("int{} activations", e.compress.activation_width()));
            }
            if e.compress.qat > 0 {
                parts.push("quantization-aware".into());
            }
            parts.join(" · ")
        })
    });
    view! { <span class="section-summary muted">{text}</span> }
}

/// What a simple method reaches on the same test samples.
#[component]
fn ToBeat() -> impl IntoView {
    let parts = expect_context::<Desk>().parts;
    let words = live(move || {
        let to_beat = parts.data.with(|d| d.as_ref().and_then(|d| d.baselines.first().cloned()))?;
        let score = parts.compared.with(|c| c.as_ref().map(|c| c.optimized.score));
        let words = against(&to_beat, parts.task.get(), score);
        Some(view! { <p class="to-beat" data-testid="to-beat">{words}</p> })
    });
    view! { {words} }
}

/// The optimized model as a file.
#[component]
fn Download() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let compared = desk.parts.compared;
    let best = move || compared.get().map(|c| (c.report.best, c.best_bytes()));
    let label =
        live(move || best().map_or("Download the model".to_string(), |(_, bytes)| format!("Download the model, {}", format::bytes(bytes))));
    let export = move |form: Form| desk.export(form);
    let other = move |form: Form, text: &'static str| {
        view! { <button type="button" class="link" on:click=move |_| export(form)>{text}</button> }
    };
    view! {
        <div class="download">
            <button
                type="button"
                class="button button-strong button-wide"
                data-testid="download"
                disabled=live(move || best().is_none())
                on:click=move |_| export(best().map_or(Form::Packed, |(form, _)| form))
            >
                {Icon::Download.draw()}
                <span>{label}</span>
            </button>
            <p class="download-more muted" class:behind=live(move || !desk.parts.runs_network.get())>
                "or as " {other(Form::Onnx, "ONNX")} ", or in fp32 as " {other(Form::OnnxFp32, "ONNX")} ", "
                {other(Form::Safetensors, "safetensors")} " or " {other(Form::Json, "JSON")}
            </p>
        </div>
    }
}
