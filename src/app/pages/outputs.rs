//! Outputs that wait for data that has them: over the plane, against true values, of a drawing.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    app::{
        desk::Desk,
        panels::{BoundaryMap, DrawPad, Residuals},
    },
    protocol::Sample,
};

/// What both models say over the plane.
#[component]
pub(in crate::app) fn Plane() -> impl IntoView {
    let parts = expect_context::<Desk>().parts;
    let boundary = Signal::derive(move || parts.view.get().and_then(|v| v.boundary.clone()));
    view! { <BoundaryMap boundary data=parts.data /> }
}

/// Predicted values against true ones.
#[component]
pub(in crate::app) fn Values() -> impl IntoView {
    let parts = expect_context::<Desk>().parts;
    let samples = Signal::derive(move || parts.view.get().map_or_else(Arc::default, |v| v.samples.clone()));
    let target = Signal::derive(move || parts.data.get().map(|d| d.target.clone()).unwrap_or_default());
    view! { <Residuals samples target compared=parts.compared /> }
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
