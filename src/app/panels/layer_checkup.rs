//! How every layer is, and remedies that are one click away.

use std::sync::Arc;

use crate::app::live::live;
use leptos::prelude::*;

use crate::{
    app::desk::Desk,
    protocol::{Checkup, LabWish, LayerHealth, ModelReport},
    state::{
        format,
        look::{
            health::{Finding, findings},
            spread::{self, Row},
        },
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
            {spreads(&spread::rows(&checkup))}
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

/// How widely outputs spread at the first weights of each initializer, a bar for each layer with weights.
fn spreads(rows: &[Row]) -> Option<impl IntoView + use<>> {
    let words = Some(spread::words(rows)).filter(|words| !words.is_empty())?;
    let row = |row: &Row| {
        let (first, last) = row.ends();
        let said = row.spreads.iter().map(|s| spread::short(*s)).collect::<Vec<_>>().join(", ");
        let heights = row.heights();
        let width = 100.0 / heights.len().max(1) as f64;
        let bars = heights.into_iter().enumerate().map(|(i, h)| {
            let (x, y, height) = (i as f64 * width, 20.0 * (1.0 - h), 20.0 * h);
            view! { <rect x=format!("{x:.1}") y=format!("{y:.1}") width=format!("{:.1}", 0.8 * width) height=format!("{height:.1}") /> }
        });
        view! {
            <tr>
                <th scope="row">{row.name.clone()} {row.chosen.then_some(" (chosen)")}</th>
                <td>
                    <svg class="spread-bars" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label=said>
                        {bars.collect_view()} <line x1="0" x2="100" y1="10" y2="10" />
                    </svg>
                </td>
                <td class="num">{first}</td>
                <td class="num">{last}</td>
                <td>{row.fate.words()}</td>
            </tr>
        }
    };
    Some(view! {
        <h4>"First weights"</h4>
        <p data-testid="spread-words">{words}</p>
        <div class="panel-table" tabindex="0" role="region" aria-label="Spread of outputs by initializer">
            <table class="table" data-testid="spreads">
                <thead>
                    <tr>
                        <th scope="col">"Initialization"</th>
                        <th scope="col">"Spread, layer by layer (line: 1)"</th>
                        <th scope="col" class="num">"First layer"</th>
                        <th scope="col" class="num">"Last layer"</th>
                        <th scope="col">"Signals"</th>
                    </tr>
                </thead>
                <tbody>{rows.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    })
}
