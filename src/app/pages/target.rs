//! The device that the optimized model should run on: a menu, what of its limits the model takes up, and which it breaks.

use crate::app::live::live;
use leptos::prelude::*;

use super::recipe::{ExperimentNumber, field};
use crate::{
    app::desk::Desk,
    state::look::targets::{self, Line},
};

/// Menu, bars and verdict.
#[component]
pub(in crate::app) fn TargetFit() -> impl IntoView {
    let parts = expect_context::<Desk>().parts;
    let found = Memo::new(move |_| {
        let (index, ms) = parts.experiment.with(|e| (e.goal.target, e.goal.ms));
        let target = targets::target(index)?;
        let (model, data, compared) = (parts.model.get()?, parts.data.get()?, parts.compared.get()?);
        let inputs = data.shape.iter().map(|n| *n as u64).product();
        let lines = targets::lines(target, &targets::needs(&model, &compared.report, (inputs, compared.best_bytes())), ms);
        Some((targets::verdict(target, &lines), lines))
    });
    let shown = live(move || {
        let (verdict, lines) = found.get()?;
        let over = lines.iter().any(Line::is_over);
        Some(view! {
            <table class="sizes">
                <caption class="visually-hidden">"What the model needs of the device"</caption>
                <tbody>{lines.into_iter().map(row).collect_view()}</tbody>
            </table>
            <p class="sizes-why" class:target-over=over role="status" data-testid="target-verdict">{verdict}</p>
        })
    });
    view! {
        <section class="target" data-testid="target" aria-label="Target device">
            {field("target").map(|field| view! { <ExperimentNumber field /> })}
            {shown}
        </section>
    }
}

fn row(line: Line) -> impl IntoView {
    let width = line.share.map(|share| format!("{:.2}%", share.min(1.0) * 100.0));
    let over = line.is_over();
    view! {
        <tr class:target-over=over title=line.help>
            <th scope="row">{line.name}</th>
            <td class="sizes-track">{width.map(|width| view! { <span class="sizes-bar" style:width=width></span> })}</td>
            <td class="target-words">{line.words}</td>
        </tr>
    }
}
