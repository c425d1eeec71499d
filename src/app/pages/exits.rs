//! Where samples leave early: the threshold, a row for each exit, and accuracy against cost.

use crate::app::live::live;
use leptos::prelude::*;

use super::recipe::{ExperimentNumber, field};
use crate::{
    app::{desk::Desk, parts::Parts},
    engine::layers::EXIT,
    protocol::Exits,
    state::{
        format,
        look::exits::{Row, curve, rows, words},
    },
};

/// Width and height of the curve, in pixels.
const SIZE: (f64, f64) = (220.0, 72.0);

/// Shares, accuracies and the curve, where the model has early exits; measured anew with every comparison while training stands still.
#[component]
pub fn EarlyExits() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    let there = Memo::new(move |_| parts.model.with(|m| m.as_ref().is_some_and(|m| m.layers.iter().any(|layer| layer.key == EXIT))));
    Effect::new(move |_| {
        if there.get() && parts.compared.with(Option::is_some) && !parts.playing.get() {
            desk.exits();
        }
    });
    live(move || {
        there.get().then(|| {
            view! {
                <section class="exits" data-testid="exits" aria-label="Early exits">
                    <h3>"Early exits"</h3>
                    {field("exit").map(|field| view! { <ExperimentNumber field /> })}
                    {live(move || match parts.exits.get() {
                        Some(found) => measured(&found, parts).into_any(),
                        None => view! { <p class="muted">"Where samples leave is measured when training stands still."</p> }.into_any(),
                    })}
                </section>
            }
        })
    })
}

fn measured((step, found): &(u64, Exits), parts: Parts) -> impl IntoView + use<> {
    let table = parts.model.with(|m| rows(found, m.as_deref()));
    view! {
        <p role="status">{format!("Step {}: {}", format::count(*step), words(found))}</p>
        <table>
            <thead>
                <tr><th scope="col">"Leave at"</th><th scope="col" class="num">"Samples"</th><th scope="col" class="num">"Right"</th><th scope="col" class="num">"MACs"</th></tr>
            </thead>
            <tbody>{table.into_iter().map(row).collect_view()}</tbody>
        </table>
        {drawn(found)}
    }
}

fn row(row: Row) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{row.name}</th>
            <td class="num">
                {row.left}
                <span class="exits-track" aria-hidden="true"><span class="bar bar-optimized" style:width=format!("{:.1}%", row.share * 100.0)></span></span>
            </td>
            <td class="num">{row.right}</td>
            <td class="num">{row.macs}</td>
        </tr>
    }
}

/// Accuracy against multiply-accumulates over all thresholds.
fn drawn(found: &Exits) -> Option<impl IntoView + use<>> {
    let curve = curve(found, SIZE)?;
    let [least, most, low, high] = curve.ends;
    let label = format!("Accuracy from {low} to {high} against {least} to {most} multiplications a sample");
    let (w, h) = SIZE;
    Some(view! {
        <figure class="exits-curve">
            <svg viewBox=format!("-5 -5 {} {}", w + 10.0, h + 10.0) role="img" aria-label=label>
                <line class="plot-grid" x1="0" x2=w y1=h y2=h />
                <polyline class="pareto-front" points=curve.points />
                <g class="pareto-on"><circle class="pareto-dot" cx=curve.here.0 cy=curve.here.1 r="4.5" /></g>
            </svg>
            <figcaption class="muted">
                {format!("Right: {low} to {high}. MACs a sample: {least} to {most}. The dot is the threshold now.")}
            </figcaption>
        </figure>
    })
}
