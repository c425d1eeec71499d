//! How every layer is, and remedies that are one click away.

use std::sync::Arc;

use crate::app::live::live;
use leptos::prelude::*;

use crate::{
    app::desk::Desk,
    protocol::{Checkup, LabWish, LayerHealth, ModelReport},
    state::{
        format,
        look::health::{Finding, findings},
    },
};

/// A row for each layer, and what ails it.
#[component]
pub fn LayerCheckup(
    /// Who is asked.
    desk: Desk,
) -> impl IntoView {
    let parts = desk.parts;
    let checkup = Memo::new(move |_| parts.lab.with(|lab| lab.checkup.clone()));
    let busy = Signal::derive(move || parts.lab.with(|lab| lab.busy));
    let body = live(move || {
        let checkup = checkup.get()?;
        let found = findings(&checkup, &parts.experiment.get());
        let words = match (found.is_empty(), checkup.layers.is_empty()) {
            (_, true) => "Looking.".to_string(),
            (true, _) => format!("All is well on {} training samples at step {}.", checkup.samples, format::count(checkup.step)),
            _ => format!("On {} training samples at step {}:", checkup.samples, format::count(checkup.step)),
        };
        Some(view! {
            <p role="status" data-testid="checkup-words">{words}</p>
            {table(&checkup, found, parts.model.get(), desk)}
        })
    });
    view! {
        <section class="optlab-part" data-testid="checkup" aria-label="Health of the layers">
            <div class="panel-head">
                <div>
                    <h3>"Health of the layers"</h3>
                    <p class="muted">"Dead units, saturation, and gradients that vanish or explode on their way back, with what may help."</p>
                </div>
                <button type="button" class="button" data-testid="look" disabled=live(move || busy.get()) on:click=move |_| desk.lab(LabWish::Checkup)>
                    "Look"
                </button>
            </div>
            {body}
        </section>
    }
}

fn table(checkup: &Checkup, found: Vec<Finding>, model: Option<Arc<ModelReport>>, desk: Desk) -> impl IntoView + use<> {
    let row = |layer: &LayerHealth| {
        let name = model.as_ref().and_then(|m| m.layers.get(layer.layer)).map_or_else(|| layer.key.clone(), |l| l.label.clone());
        let finding = found.iter().find(|f| f.layer == layer.layer).cloned();
        let number = |v: Option<f32>| v.map_or_else(|| "–".into(), |v| format!("{v:.1e}"));
        let dead = if layer.units > 0 { format!("{} of {}", layer.dead, layer.units) } else { "–".into() };
        let saturated = layer.saturated.map_or_else(|| "–".into(), |s| format::percent0(f64::from(s)));
        let remedy = move |(words, experiment): (String, crate::experiment::Experiment)| {
            let label = words.clone();
            view! {
                <button type="button" class="button" data-testid="checkup-remedy" on:click=move |_| desk.open_experiment(experiment.clone(), &words)>
                    {label}
                </button>
            }
        };
        let ails = finding.map(|finding| {
            view! {
                <tr class="cook-said" data-testid="finding">
                    <td colspan="5">
                        <p>{finding.what}</p>
                        <p class="optlab-row">{finding.remedies.into_iter().map(remedy).collect_view()}</p>
                    </td>
                </tr>
            }
        });
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td class="num">{dead}</td>
                <td class="num">{saturated}</td>
                <td class="num">{number(layer.gradient)}</td>
                <td class="num">{number(layer.weights)}</td>
            </tr>
            {ails}
        }
    };
    view! {
        <div class="panel-table" tabindex="0" role="region" aria-label="Layers and how they are">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Layer"</th>
                        <th scope="col" class="num">"Dead units"</th>
                        <th scope="col" class="num">"Saturated"</th>
                        <th scope="col" class="num">"Gradient (RMS)"</th>
                        <th scope="col" class="num">"Weights (RMS)"</th>
                    </tr>
                </thead>
                <tbody>{checkup.layers.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
