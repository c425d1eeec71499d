//! Predictions of a regression against what is true.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::{html, prelude::*};

use super::{
    forecast::Forecast,
    plot_frame::{MARGIN, px, ticks},
    table_toggle::TableToggle,
};
use crate::{
    app::charts::{leaves, moves, size_of, walks},
    protocol::{Evaluation, Sample},
    state::{
        Compared, format,
        look::{
            pointed::{by_truth, nearest, of_residual, step},
            points::{Residual, residuals},
            scale::{Axis, extent},
        },
    },
};

/// Predictions of both models against what is true; on the diagonal they are right. Of a series they are drawn over time, too.
#[component]
pub fn Residuals(
    /// Test samples with what both models say.
    #[prop(into)]
    samples: Signal<Arc<Vec<Sample>>>,
    /// Name and unit of what is predicted.
    #[prop(into)]
    target: Signal<String>,
    /// The last comparison, whose errors are over all test samples.
    #[prop(into)]
    compared: Signal<Option<Arc<Compared>>>,
    /// Whether test samples follow each other in time.
    in_time: Memo<bool>,
) -> impl IntoView {
    let table = RwSignal::new(false);
    let room = NodeRef::<html::Div>::new();
    let size = size_of(room);
    let all = Memo::new(move |_| samples.with(|s| Arc::new(residuals(s))));
    let error = move |of: fn(&Compared) -> &Evaluation| {
        let mae = compared.with(|c| c.as_deref().and_then(|c| of(c).mae));
        mae.map_or_else(|| "–".into(), |e| format::number(f64::from(e)))
    };
    let drawn = live(move || {
        let (shown, judged) = (all.with(|r| r.len()), compared.with(|c| c.as_ref().map_or(0, |c| c.baseline.samples)));
        if shown < judged { format!("first {shown} of {} test samples drawn", format::count(judged as u64)) } else { String::new() }
    });
    let range = Memo::new(move |_| all.with(|r| extent(r.iter().flat_map(|r| [r.actual, r.baseline, r.optimized]), 0.04)));
    let axes = move || {
        let (w, h) = size.get();
        let range = range.get().filter(|_| w > 80.0 && h > 80.0)?;
        let (left, top, right, bottom) = MARGIN;
        Some((Axis::linear(range, left, w - right), Axis::linear(range, h - bottom, top), w, h))
    };
    let pointed = RwSignal::new(None::<usize>);
    let moved = moves(pointed, move |at| {
        let (x, y, ..) = untrack(axes)?;
        let place = |(i, r): (usize, &Residual)| [r.baseline, r.optimized].map(|said| (i, x.at(r.actual), y.at(said)));
        all.with_untracked(|r| nearest(r.iter().enumerate().flat_map(place), at))
    });
    let keys = walks(pointed, move |at, way| all.with_untracked(|r| step(&by_truth(r), at, way)));
    let said = live(move || {
        let drawn = all.with(|r| !r.is_empty());
        let found = pointed.get().and_then(|at| all.with(|r| r.get(at).map(of_residual)));
        drawn.then(|| found.unwrap_or_else(|| "Point at a sample, or walk with the arrow keys: predictions, residuals in brackets.".into()))
    });
    // Both answers for the sample, tied to each other.
    let ring = move || {
        let (r, (x, y, ..)) = (all.with(|r| r.get(pointed.get()?).copied())?, axes()?);
        let (across, [a, b]) = (px(x.at(r.actual)), [r.baseline, r.optimized].map(|said| px(y.at(said))));
        Some(view! {
            <line class="plot-pointed" x1=across.clone() x2=across.clone() y1=a.clone() y2=b.clone() />
            <circle class="plot-pointed" cx=across.clone() cy=a r="6" />
            <circle class="plot-pointed" cx=across cy=b r="6" />
        })
    };
    let label = move || {
        let n = all.with(|r| r.len());
        format!(
            "Predicted against actual for {n} test samples. Mean error: baseline {}, optimized {}.",
            error(|c| &c.baseline),
            error(|c| &c.optimized)
        )
    };
    let plot = live(move || {
        let (x, y, w, h) = axes()?;
        let (left, top, ..) = MARGIN;
        let (lo, hi) = x.range();
        let dots = |of: fn(&Residual) -> f64, class: &'static str| {
            all.with(|r| r.iter().map(|r| view! { <circle class=class cx=px(x.at(r.actual)) cy=px(y.at(of(r))) r="2.6" /> }).collect_view())
        };
        Some(view! {
            <svg class="plot plot-under" width=px(w) height=px(h) aria-hidden="true">
                {ticks(&x, &y, (w, h))}
                <line class="plot-diagonal" x1=px(x.at(lo)) y1=px(y.at(lo)) x2=px(x.at(hi)) y2=px(y.at(hi)) />
                {dots(|r| r.baseline, "dot-baseline")}
                {dots(|r| r.optimized, "dot-optimized")}
                <text class="plot-label" x=px(left + 6.0) y=px(top + 10.0)>"predicted"</text>
                {live(ring)}
            </svg>
        })
    });
    view! {
        <div class="residuals" data-testid="residuals">
            <div class="panel-head">
                <p class="plot-key">
                    <span class="key-baseline">"baseline, mean error " <b class="num">{live(move || error(|c| &c.baseline))}</b></span>
                    <span class="key-optimized">"optimized, " <b class="num">{live(move || error(|c| &c.optimized))}</b></span>
                    <span class="muted">{drawn}</span>
                </p>
                <TableToggle shown=table of="Predictions" />
            </div>
            <Show when=move || in_time.get() && all.with(|r| !r.is_empty())>
                <Forecast all target behind=table />
            </Show>
            <div
                class="plot-room walk"
                class:behind=table
                node_ref=room
                tabindex="0"
                role="application"
                aria-label=live(label)
                on:pointermove=moved
                on:pointerdown=moved
                on:pointerleave=leaves(pointed)
                on:keydown=keys
                on:blur=move |_| pointed.set(None)
            >
                {plot}
                <Show when=move || all.with(|r| r.is_empty())><p class="empty">"Predictions come with the first comparison."</p></Show>
            </div>
            <p class="plot-axis muted" class:behind=table>{live(move || format!("actual {}", target.get()))}</p>
            <p class="plot-said" class:behind=table role="status" data-testid="residuals-said">{said}</p>
            <Show when=move || table.get()><Table all target /></Show>
        </div>
    }
}

#[component]
fn Table(all: Memo<Arc<Vec<Residual>>>, target: Signal<String>) -> impl IntoView {
    let number = |v: f64| format::number(round(v));
    let row = move |r: &Residual| {
        view! {
            <tr>
                <th scope="row" class="num">{r.index}</th>
                <td class="num">{number(r.actual)}</td>
                <td class="num">{number(r.baseline)}</td>
                <td class="num">{number(r.optimized)}</td>
            </tr>
        }
    };
    view! {
        <div class="panel-table" tabindex="0" role="region" aria-label="Predictions, table">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col" class="num">"Sample"</th>
                        <th scope="col" class="num">{live(move || format!("Actual {}", target.get()))}</th>
                        <th scope="col" class="num">"Baseline"</th>
                        <th scope="col" class="num">"Optimized"</th>
                    </tr>
                </thead>
                <tbody>{live(move || all.with(|r| r.iter().map(row).collect_view()))}</tbody>
            </table>
        </div>
    }
}

/// Four significant digits are more than a prediction is worth.
fn round(v: f64) -> f64 {
    (v * 1e3).round() / 1e3
}
