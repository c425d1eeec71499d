//! How columns get their weights as a weight gets cheaper: the path of the lasso by which a step selects (Tibshirani 1996).

use std::sync::Arc;

use leptos::{html, prelude::*};

use crate::{
    app::{
        charts::{leaves, moves, size_of, walks},
        live::{Show, live},
        panels::TableToggle,
    },
    protocol::FeatureView,
    state::{
        format,
        look::lasso::{Drawing, Line, Row, Spot, draw, nearest, place, table, walk, words},
    },
};

/// Lines of all columns over the penalty, with what is pointed at or walked to in words, and their table.
#[component]
pub(super) fn LassoPath(
    /// What was asked of a step that fits a lasso.
    seen: Memo<Option<Arc<FeatureView>>>,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let room = NodeRef::<html::Div>::new();
    let size = size_of(room);
    let spot = RwSignal::new(None::<Spot>);
    // A spot of another path means nothing here.
    Effect::new(move |_| {
        seen.track();
        spot.set(None);
    });
    let drawing = Memo::new(move |_| {
        let size = size.get();
        seen.with(|s| s.as_ref().and_then(|s| draw(s.lasso.as_ref()?, &s.names, size)))
    });
    let said = live(move || seen.with(|s| s.as_ref().and_then(|s| Some(words(s.lasso.as_ref()?, &s.names, spot.get())))));
    let moved =
        moves(spot, move |at| seen.with_untracked(|s| drawing.with_untracked(|d| nearest(s.as_ref()?.lasso.as_ref()?, d.as_ref()?, at))));
    let keys = walks(spot, move |spot, way| seen.with_untracked(|s| walk(s.as_ref()?.lasso.as_ref()?, spot, way)));
    let here = move || {
        let (column, at) = spot.get()?;
        let (x, y) = seen.with(|s| drawing.with(|d| place(s.as_ref()?.lasso.as_ref()?, d.as_ref()?, (column, at))))?;
        let points = drawing.with(|d| d.as_ref()?.lines.iter().find(|line| line.column == column).map(|line| line.points.clone()))?;
        Some(view! {
            <polyline class="lasso-line lasso-here" points=points />
            <circle class="roc-dot roc-dot-optimized" cx=px(x) cy=px(y) r="5" />
        })
    };
    let upwards = live(move || {
        let magnitudes = seen.with(|s| s.as_ref().is_some_and(|s| s.lasso.as_ref().is_some_and(|l| l.magnitudes)));
        if magnitudes { "upwards the largest weight of a column among classes" } else { "upwards the weight of a column" }
    });
    view! {
        <section data-testid="lasso" aria-label="Path of the lasso">
            <div class="panel-head">
                <h4>"Weights as they get cheaper"</h4>
                <TableToggle shown of="Path of the lasso" />
            </div>
            <div
                class="walk plot-room"
                class:behind=live(move || shown.get())
                style:height="240px"
                node_ref=room
                role="application"
                tabindex="0"
                aria-label="Path of the lasso, a line for each column. Up and down walk over columns, left and right over penalties."
                aria-describedby="lasso-said"
                on:keydown=keys
                on:pointermove=moved
                on:pointerdown=moved
                on:pointerleave=leaves(spot)
                on:blur=move |_| spot.set(None)
            >
                {live(move || {
                    drawing
                        .get()
                        .map(|d| view! { <svg class="plot plot-under" width=px(size.get().0) height=px(size.get().1) aria-hidden="true">{lines(&d)} {live(here)}</svg> })
                })}
            </div>
            <p class="facts muted" class:behind=live(move || shown.get())>"Penalty α, falling to the right; " {upwards} "."</p>
            <p class="plot-said" id="lasso-said" role="status" data-testid="lasso-said">{said}</p>
            <Show when=move || shown.get()>{live(move || seen.get().and_then(|s| numbers(&s)))}</Show>
        </section>
    }
}

fn lines(drawing: &Drawing) -> AnyView {
    let Drawing { x, y, chosen, ends: (right, top, bottom), .. } = *drawing;
    let x_tick = |v: f64| view! { <text class="plot-tick plot-middle" x=px(x.at(v)) y=px(bottom + 16.0)>{format::number(v)}</text> };
    let y_tick = |v: f64| {
        view! {
            <line class="plot-grid" x1=px(x.at(x.range().1)) x2=px(right) y1=px(y.at(v)) y2=px(y.at(v)) />
            <text class="plot-tick plot-end" x=px(x.at(x.range().1) - 6.0) y=px(y.at(v) + 4.0)>{format::number(v)}</text>
        }
    };
    let line = |line: &Line| {
        let class = if line.kept { "lasso-line lasso-kept" } else { "lasso-line" };
        let name = line.name.clone().map(|(name, at)| view! { <text class="plot-label" x=px(right + 5.0) y=px(at + 4.0)>{name}</text> });
        view! { <polyline class=class points=line.points.clone() /> {name} }
    };
    view! {
        {y.ticks(4).into_iter().map(y_tick).collect_view()}
        {x.ticks(((right - x.at(x.range().1)) / 60.0) as usize).into_iter().map(x_tick).collect_view()}
        <line class="plot-diagonal" x1=px(chosen) x2=px(chosen) y1=px(top) y2=px(bottom) />
        {drawing.lines.iter().rev().map(line).collect_view()}
    }
    .into_any()
}

fn numbers(view: &FeatureView) -> Option<AnyView> {
    let (heads, rows) = table(view.lasso.as_ref()?, &view.names);
    let head = |(alpha, chosen): (String, bool)| {
        view! { <th scope="col" class="num">"α = "{alpha}{chosen.then_some(", chosen")}</th> }
    };
    let row = |Row { name, first, weights }: Row| {
        let cells = weights.into_iter().map(|w| view! { <td class="num">{w}</td> }).collect_view();
        view! { <tr><th scope="row">{name}</th><td class="num">{first}</td>{cells}</tr> }
    };
    Some(
        view! {
            <div class="panel-table" tabindex="0" role="region" aria-label="Path of the lasso, table">
                <table class="table">
                    <caption class="muted">"Weights of each column at some of the penalties, fitted to training samples."</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Column"</th>
                            <th scope="col" class="num">"First weight at α"</th>
                            {heads.into_iter().map(head).collect_view()}
                        </tr>
                    </thead>
                    <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any(),
    )
}

fn px(v: f64) -> String {
    format!("{v:.1}")
}
