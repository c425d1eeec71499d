//! Bits for each layer by itself: what rounding it alone costs, and a width of its own by a click.

use std::sync::Arc;

use crate::app::live::live;
use leptos::prelude::*;

use crate::{
    experiment::{BIT_WIDTHS, Experiment},
    protocol::{LayerSensitivity, ModelReport, Sensing, Sensitivity},
    state::{
        Task, format,
        look::sensitivity::{Plan, best, smallest, uniform, with_width},
    },
};

/// Points that the smallest mixture may lose.
const POINTS: f64 = 0.5;
/// Widths, within whose bytes the best mixture is offered.
const WITHIN: [u32; 3] = [8, 4, 3];

/// A row for each layer with weights, a column for each width.
#[component]
pub fn LayerWidths(
    /// What was measured, and at which step.
    #[prop(into)]
    sensing: Signal<Option<Arc<(u64, Sensing)>>>,
    /// The layers, for their names.
    #[prop(into)]
    model: Signal<Option<Arc<ModelReport>>>,
    /// The experiment as the controls show it.
    #[prop(into)]
    experiment: Signal<Arc<Experiment>>,
    /// Says what scores are.
    #[prop(into)]
    task: Signal<Task>,
    /// What is wrong with the widths.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// Asks for a measurement.
    on_sense: Callback<()>,
    /// Other widths.
    on_set: Callback<Vec<u32>>,
) -> impl IntoView {
    let working = Memo::new(move |_| {
        sensing.with(|s| if let Some(Sensing::Working(share)) = s.as_ref().map(|s| &s.1) { Some(*share) } else { None })
    });
    let words = live(move || match sensing.get().as_deref() {
        None => "How much does each layer mind being rounded?".to_string(),
        Some((_, Sensing::Working(share))) => format!("Measuring, {}. Training waits.", format::percent0(f64::from(*share))),
        Some((step, Sensing::Done(found))) => format!(
            "One layer rounded at a time, all others in fp32, on {} training samples at step {}: change of the {}. A click gives a layer bits of its own.",
            format::count(found.samples as u64),
            format::count(*step),
            task.get().score_name().to_lowercase(),
        ),
    });
    let body = live(move || {
        let sensing = sensing.get()?;
        let Sensing::Done(found) = &sensing.1 else { return None };
        let here = experiment.get();
        if here.compress.qat != 0 {
            return Some(view! { <p class="muted">"Quantization-aware training rounds all layers alike; switch it off for bits of single layers."</p> }.into_any());
        }
        Some(table(found, &here, model.get().as_deref(), task.get(), on_set).into_any())
    });
    view! {
        <section class="breaks" data-testid="layer-widths" aria-label="Bits of single layers">
            <div class="panel-head">
                <p role="status">{words}</p>
                <button type="button" class="quiet" data-testid="sense" disabled=live(move || working.get().is_some()) on:click=move |_| on_sense.run(())>
                    "Measure each layer"
                </button>
            </div>
            <p class="control-error" role="status">{live(move || error.get())}</p>
            {body}
        </section>
    }
}

fn table(
    found: &Sensitivity,
    here: &Experiment,
    model: Option<&ModelReport>,
    task: Task,
    on_set: Callback<Vec<u32>>,
) -> impl IntoView + use<> {
    let rest = BIT_WIDTHS.get(here.compress.bits).copied().unwrap_or(32);
    let widths = here.compress.widths.clone();
    let layers = found.layers.len();
    let most = found.layers.iter().flat_map(|l| &l.widths).map(|w| w.loss - found.loss).fold(f32::EPSILON, f32::max);
    let row = |(i, layer): (usize, &LayerSensitivity)| {
        let now = widths.get(i).copied().unwrap_or(rest);
        let cell = |bits: u32, words: String, rise: f32| {
            let new = with_width(&widths, (i, layers), bits, rest);
            let width = format!("{:.1}%", (rise / most).clamp(0.0, 1.0) * 100.0);
            let pressed = (now == bits).to_string();
            let title = format!(
                "Loss {}",
                if rise >= 0.0 { format!("+{}", format::loss(f64::from(rise))) } else { format!("−{}", format::loss(f64::from(-rise))) }
            );
            view! {
                <td class="num">
                    <button type="button" class="quiet" aria-pressed=pressed title=title on:click=move |_| on_set.run(new.clone())>{words}</button>
                    <span class="bar bar-optimized" style:width=width></span>
                </td>
            }
        };
        let name = model.and_then(|m| m.layers.get(layer.layer)).map_or_else(|| format!("Layer {}", layer.layer + 1), |l| l.label.clone());
        let rounded = layer.widths.iter().map(|w| cell(w.bits, task.change(found.score, w.score), w.loss - found.loss)).collect_view();
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td class="num muted">{format::count(layer.weights)}</td>
                {cell(32, "keep fp32".into(), 0.0)}
                {rounded}
            </tr>
        }
    };
    let offer = |plan: Plan, label: String| {
        let title =
            format!("{} bits, {}", plan.widths.iter().map(u32::to_string).collect::<Vec<_>>().join(", "), format::bytes(plan.bytes));
        view! { <button type="button" class="quiet" title=title on:click=move |_| on_set.run(plan.widths.clone())>{label}</button> }
    };
    let within = WITHIN.into_iter().filter_map(|bits| {
        let plan = best(found, uniform(found, bits)?)?;
        Some(offer(plan, format!("Best within the bytes of {bits} bits")))
    });
    let least = smallest(found, POINTS).map(|plan| offer(plan, format!("Smallest within {POINTS} points")));
    let heads = found.layers.first().map(|l| l.widths.iter().map(|w| w.bits).collect::<Vec<_>>()).unwrap_or_default();
    view! {
        <div class="panel-table" tabindex="0" role="region" aria-label="Layers and widths">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Layer"</th>
                        <th scope="col" class="num">"Weights"</th>
                        <th scope="col" class="num">"32 bits"</th>
                        {heads.into_iter().map(|bits| view! { <th scope="col" class="num">{format!("{bits} bits")}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{found.layers.iter().enumerate().map(row).collect_view()}</tbody>
            </table>
        </div>
        <p class="cook-starts">
            {within.collect_view()}
            {least}
            <button type="button" class="quiet" disabled=widths.is_empty() on:click=move |_| on_set.run(Vec::new())>"All layers alike"</button>
        </p>
    }
}
