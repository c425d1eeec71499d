//! A series and what both models foretell of it, over time.

use std::sync::Arc;

use crate::app::live::live;
use leptos::{html, prelude::*};

use super::plot_frame::{MARGIN, px, ticks};
use crate::{
    app::charts::size_of,
    state::look::{
        points::Residual,
        scale::{Axis, extent},
    },
};

/// Actual values and both models' predictions of the test windows, which follow each other in time. Its numbers are those of the table beside it.
#[component]
pub fn Forecast(
    /// What is true and what both models say, in the order of time.
    all: Memo<Arc<Vec<Residual>>>,
    /// Name and unit of what is predicted.
    target: Signal<String>,
    /// Whether the table is shown instead.
    behind: RwSignal<bool>,
) -> impl IntoView {
    let room = NodeRef::<html::Div>::new();
    let size = size_of(room);
    let label = move || {
        let shown = all.with(|r| r.len());
        format!("{}: actual values and predictions of both models, one test window after the other. {shown} are drawn.", target.get())
    };
    let plot = live(move || {
        let (w, h) = size.get();
        let (left, top, right, bottom) = MARGIN;
        let residuals = all.get();
        let range = extent(residuals.iter().flat_map(|r| [r.actual, r.baseline, r.optimized]), 0.04).filter(|_| w > 80.0 && h > 80.0)?;
        let times = (residuals.first()?.index as f64, residuals.last()?.index as f64);
        let (x, y) = (Axis::linear(times, left, w - right), Axis::linear(range, h - bottom, top));
        let line = |of: fn(&Residual) -> f64, class: &'static str| {
            let points: Vec<String> = residuals.iter().map(|r| format!("{:.1},{:.1}", x.at(r.index as f64), y.at(of(r)))).collect();
            view! { <polyline class=class points=points.join(" ") /> }
        };
        Some(view! {
            <svg class="plot" width=px(w) height=px(h) role="img" aria-label=live(label)>
                {ticks(&x, &y, (w, h))}
                {line(|r| r.actual, "line-actual")}
                {line(|r| r.baseline, "line-baseline")}
                {line(|r| r.optimized, "line-optimized")}
            </svg>
        })
    });
    view! {
        <div class="plot-room" class:behind=behind node_ref=room data-testid="forecast">{plot}</div>
        <p class="plot-axis muted" class:behind=behind>
            {live(move || format!("{} over test windows, in the order of time: ", target.get()))} <span class="key-actual">"actual"</span>
            ", " <span class="key-line-baseline">"baseline"</span> ", " <span class="key-line-optimized">"optimized"</span>
        </p>
    }
}
