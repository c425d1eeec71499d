//! What stands around the points of a plot: grid lines and numbers along both axes.

use leptos::prelude::*;

use crate::state::{format, look::scale::Axis};

/// Room around a plot for its axes: left, top, right, bottom.
pub const MARGIN: (f64, f64, f64, f64) = (46.0, 10.0, 14.0, 24.0);

/// Ticks of both axes in a drawing of this size in pixels, and a line across it at each of `y`.
pub fn ticks(x: &Axis, y: &Axis, (w, h): (f64, f64)) -> AnyView {
    let (left, _, right, bottom) = MARGIN;
    let x_tick = |v: f64| view! { <text class="plot-tick plot-middle" x=px(x.at(v)) y=px(h - bottom + 16.0)>{format::number(v)}</text> };
    let y_tick = |v: f64| {
        view! {
            <line class="plot-grid" x1=px(left) x2=px(w - right) y1=px(y.at(v)) y2=px(y.at(v)) />
            <text class="plot-tick plot-end" x=px(left - 6.0) y=px(y.at(v) + 4.0)>{format::number(v)}</text>
        }
    };
    view! {
        {y.ticks((h / 50.0) as usize).into_iter().map(y_tick).collect_view()}
        {x.ticks((w / 60.0) as usize).into_iter().map(x_tick).collect_view()}
    }
    .into_any()
}

/// A length as an attribute says it.
pub fn px(v: f64) -> String {
    format!("{v:.1}")
}
