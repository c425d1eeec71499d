//! Weights or importances of features as bars, which are a table.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    app::live::live,
    engine::learners::Description,
    protocol::DataReport,
    state::{
        format,
        look::tree::{feature, largest},
    },
};

/// Most bars.
const MOST: usize = 40;

/// The largest of them, by their size.
#[component]
pub(super) fn Bars(
    /// What they are.
    of: &'static str,
    /// The model.
    side: Memo<Option<Description>>,
    /// The data, for names.
    data: Signal<Option<Arc<DataReport>>>,
    /// Numbers, `[features, rows]`.
    values: fn(&Description) -> Vec<f32>,
) -> impl IntoView {
    let rows = live(move || {
        let Some((values, outputs)) = side.with(|d| d.as_ref().map(|d| (values(d), columns(d, of)))) else { return Vec::new() };
        let top = values.iter().fold(0.0_f32, |top, v| top.max(v.abs())).max(f32::MIN_POSITIVE);
        data.with(|data| {
            let row = |at: usize| {
                let class = (outputs > 1).then(|| class_name(data.as_deref(), at % outputs));
                let name = [Some(feature(data.as_deref(), at / outputs)), class].into_iter().flatten().collect::<Vec<_>>().join(", ");
                let bar = if values[at] < 0.0 { "bar learner-neg" } else { "bar learner-pos" };
                view! {
                    <tr>
                        <th scope="row">{name}</th>
                        <td class="learner-bar" aria-hidden="true"><span class=bar style:width=format!("{:.1}%", 100.0 * values[at].abs() / top)></span></td>
                        <td class="num">{format::number(f64::from(values[at]))}</td>
                    </tr>
                }
                .into_any()
            };
            largest(&values, MOST).into_iter().map(row).collect::<Vec<_>>()
        })
    });
    let more = live(move || {
        let count = side.with(|d| d.as_ref().map_or(0, |d| values(d).len()));
        (count > MOST).then(|| view! { <p class="muted">{format!("The {MOST} largest of {}.", format::count(count as u64))}</p> })
    });
    let what = if of == "Weights" {
        "Weights of features as the model sees them, scaled"
    } else {
        "Share of impurity that splits on a feature took away"
    };
    view! {
        <div class="panel-table learner-bars" tabindex="0" role="region" aria-label=of>
            <table class="table">
                <caption class="muted">{what}</caption>
                <thead class="visually-hidden"><tr><th scope="col">"Feature"</th><th scope="col">"Bar"</th><th scope="col">{of}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            {more}
        </div>
    }
}

/// Rows of the equation: each feature has a weight in each, and one importance.
fn columns(of: &Description, what: &str) -> usize {
    if what == "Weights" { of.intercepts.len().max(1) } else { 1 }
}

fn class_name(data: Option<&DataReport>, class: usize) -> String {
    data.and_then(|d| d.classes.get(class)).cloned().unwrap_or_else(|| format!("row {}", class + 1))
}
