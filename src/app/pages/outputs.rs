//! Outputs that wait for data that has them: over the plane, against true values, of a drawing.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    app::{
        desk::Desk,
        live::live,
        panels::{BoundaryMap, DrawPad, PaintLayer, PaintTools, Painting, Residuals},
    },
    engine::data::{self, painted},
    protocol::{Boundary, Sample},
    state::look::easel::{Easel, Tool},
};

/// What both models say over the plane.
#[component]
pub(in crate::app) fn Plane() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    let boundary = Signal::derive(move || parts.view.get().and_then(|v| v.boundary.clone()));
    let on_place = about(desk);
    let paints = Memo::new(move |_| parts.experiment.with(|e| e.data.key == painted::KEY));
    live(move || {
        if paints.get() {
            view! { <Painter boundary /> }.into_any()
        } else {
            view! { <BoundaryMap boundary data=parts.data on_place prediction=parts.prediction /> }.into_any()
        }
    })
}

/// Asks the models about a place of the plane.
fn about(desk: Desk) -> Callback<[f32; 2]> {
    Callback::new(move |place: [f32; 2]| desk.predict(&place))
}

/// The same with points to paint.
#[component]
fn Painter(boundary: Signal<Option<Arc<Boundary>>>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    let text = Memo::new(move |_| parts.shown.with(|e| e.points.clone()));
    let painting = Painting {
        easel: RwSignal::new(Easel::new(&text.get_untracked())),
        tool: RwSignal::new(Tool::Paint(0)),
        fresh: RwSignal::new(false),
        on_paint: Callback::new(move |points| desk.paint(points)),
    };
    // Another experiment has other points: a preset, a link, the way back.
    Effect::new(move |_| {
        let text = text.get();
        if !text.is_empty() && painting.easel.with_untracked(|e| e.text() != text) {
            painting.easel.set(Easel::new(&text));
        }
    });
    // Every stroke starts a run, and the old map stands until the new one comes.
    let map = Memo::new(move |old: Option<&Option<Arc<Boundary>>>| boundary.get().or_else(|| old.cloned().flatten()));
    Effect::new(move |_| {
        parts.data.track();
        painting.fresh.set(parts.data.with_untracked(|d| {
            d.as_ref().is_none_or(|d| d.train + d.validation + d.test != painting.easel.with_untracked(|e| e.spots().len()))
        }));
    });
    view! {
        <div class="painter">
            <PaintTools painting />
            <BoundaryMap boundary=map data=parts.data on_place=about(desk) prediction=parts.prediction><PaintLayer painting /></BoundaryMap>
        </div>
    }
}

/// Predicted values against true ones.
#[component]
pub(in crate::app) fn Values() -> impl IntoView {
    let parts = expect_context::<Desk>().parts;
    let samples = Signal::derive(move || parts.view.get().map_or_else(Arc::default, |v| v.samples.clone()));
    let target = Signal::derive(move || parts.data.get().map(|d| d.target.clone()).unwrap_or_default());
    let in_time = Memo::new(move |_| parts.data.with(|d| d.as_ref().is_some_and(|d| data::in_time(&d.key))));
    view! { <Residuals samples target compared=parts.compared in_time /> }
}

/// The pad to draw on.
#[component]
pub(in crate::app) fn Pad(
    /// Rows, columns and channels of an image.
    shape: (usize, usize, usize),
    /// Test samples that can be taken.
    samples: Signal<Arc<Vec<Sample>>>,
) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let classes = Signal::derive(move || desk.parts.data.get().map(|d| d.classes.clone()).unwrap_or_default());
    let ask = Callback::new(move |input: Vec<f32>| desk.predict(&input));
    view! { <DrawPad shape=Signal::stored(shape) on_input=ask prediction=desk.parts.prediction classes samples /> }
}
