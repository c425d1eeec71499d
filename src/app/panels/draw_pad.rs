//! A pad to draw on, and what both models make of it.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::{ev, html, prelude::*};

use super::{class_bars::ClassBars, thumbnail::Thumbnail};
use crate::{
    app::charts::{fit, palette, size_of},
    protocol::Sample,
    state::{
        Prediction,
        look::digit::{Stroke, picture},
    },
};

/// Width of a pen stroke on the pad, as a share of its edge.
const PEN: f64 = 0.055;

/// What the models are asked about.
#[derive(Clone, Debug, Default, PartialEq)]
enum Asked {
    /// Nothing yet.
    #[default]
    Nothing,
    /// What is drawn.
    Strokes(Vec<Stroke>),
    /// A test sample: its place in the list.
    Sample(usize),
}

/// A pad to draw on with mouse, pen or finger. The drawing is brought into the form that the data has, shown beside, and asked
/// about at once. For the keyboard a test sample can be taken in its place.
#[component]
pub fn DrawPad(
    /// Rows, columns and channels of an input.
    #[prop(into)]
    shape: Signal<(usize, usize, usize)>,
    /// Asks the models about an input.
    on_input: Callback<Vec<f32>>,
    /// What they answered last.
    #[prop(into)]
    prediction: Signal<Option<Arc<Prediction>>>,
    /// Names of the classes.
    #[prop(into)]
    classes: Signal<Vec<String>>,
    /// Test samples that can be taken.
    #[prop(into, optional)]
    samples: Signal<Arc<Vec<Sample>>>,
) -> impl IntoView {
    let colours = palette();
    let (pad, room) = (NodeRef::<html::Canvas>::new(), NodeRef::<html::Div>::new());
    let size = size_of(room);
    let asked = RwSignal::new(Asked::default());
    let drawing = RwSignal::new(false);
    let input = Memo::new(move |_| {
        let (rows, columns, channels) = shape.get();
        let flat = asked.with(|a| match a {
            Asked::Nothing => None,
            Asked::Strokes(strokes) => picture(strokes, rows, columns),
            Asked::Sample(i) => samples.with_untracked(|s| s.get(*i).map(|s| s.input.to_vec())),
        })?;
        let full = flat.len() == rows * columns * channels;
        Some(Arc::new(if full { flat } else { flat.iter().flat_map(|v| std::iter::repeat_n(*v, channels)).collect() }))
    });
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            on_input.run(input.to_vec());
        }
    });
    Effect::new(move |_| {
        let (Some(canvas), (edge, _)) = (pad.get(), size.get()) else { return };
        let Some(pen) = (edge > 20.0).then(|| fit(&canvas, (edge, edge))).flatten() else { return };
        pen.set_line_width(edge * PEN);
        pen.set_line_cap("round");
        pen.set_line_join("round");
        pen.set_stroke_style_str(&colours.get().ink.css(1.0));
        asked.with(|a| {
            let Asked::Strokes(strokes) = a else { return };
            for stroke in strokes {
                pen.begin_path();
                for (i, (x, y)) in stroke.iter().map(|p| (f64::from(p.0) * edge, f64::from(p.1) * edge)).enumerate() {
                    // A dot is a line to where it began.
                    if i == 0 {
                        pen.move_to(x, y)
                    }
                    pen.line_to(x, y);
                }
                pen.stroke();
            }
        });
    });

    let place = move |event: &ev::PointerEvent| {
        let edge = size.get_untracked().0.max(1.0) as f32;
        (event.offset_x() as f32 / edge, event.offset_y() as f32 / edge)
    };
    let down = move |event: ev::PointerEvent| {
        if event.button() != 0 {
            return;
        }
        event.prevent_default();
        // A pointer that cannot be captured still draws while it is over the pad.
        let _ = event_target::<web_sys::Element>(&event).set_pointer_capture(event.pointer_id());
        drawing.set(true);
        asked.update(|a| match a {
            Asked::Strokes(strokes) => strokes.push(vec![place(&event)]),
            _ => *a = Asked::Strokes(vec![vec![place(&event)]]),
        });
    };
    let moved = move |event: ev::PointerEvent| {
        if drawing.get_untracked() {
            asked.update(|a| {
                if let Asked::Strokes(strokes) = a
                    && let Some(stroke) = strokes.last_mut()
                {
                    stroke.push(place(&event));
                }
            });
        }
    };
    let up = move |_: ev::PointerEvent| drawing.set(false);
    let take = move |_| {
        let count = samples.with_untracked(|s| s.len());
        asked.update(|a| {
            let next = if let Asked::Sample(i) = a { *i + 1 } else { 0 };
            *a = if count == 0 { Asked::Nothing } else { Asked::Sample(next % count) };
        });
    };
    let shown = move || prediction.get().filter(|_| input.with(Option::is_some));
    let of = move |side: fn(&Prediction) -> &Vec<f32>| Signal::derive(move || shown().map_or_else(Vec::new, |p| side(&p).clone()));
    let label = live(move || match asked.get() {
        Asked::Sample(i) => samples.with(|s| s.get(i).map(|s| (s.index, s.actual))).map_or_else(String::new, |(index, actual)| {
            let name = classes.with(|c| c.get(actual.max(0.0) as usize).cloned()).unwrap_or_default();
            format!("Test sample {index}: {name}")
        }),
        Asked::Strokes(_) => "What the models see".into(),
        Asked::Nothing => "Draw with mouse or finger".into(),
    });
    view! {
        <section class="drawpad" data-testid="drawpad" aria-label="Draw your own"><div class="drawpad-grid">
            <div class="drawpad-pad" node_ref=room>
                <canvas
                    node_ref=pad
                    class="drawpad-canvas"
                    role="img"
                    aria-label="Pad to draw on with mouse, pen or finger. By keyboard: take a test sample."
                    on:pointerdown=down
                    on:pointermove=moved
                    on:pointerup=up
                    on:pointercancel=up
                ></canvas>
                <Show when=move || asked.with(|a| *a == Asked::Nothing)><p class="empty">"Draw here"</p></Show>
            </div>
            <div class="drawpad-side">
                <div class="drawpad-seen">
                    <Show when=move || input.with(Option::is_some)>
                        <Thumbnail pixels=Signal::derive(move || input.get().unwrap_or_default()) shape size=56 />
                    </Show>
                    <p class="muted" role="status">{label}</p>
                </div>
                <div class="drawpad-tools">
                    <button type="button" class="quiet" disabled=live(move || asked.with(|a| *a == Asked::Nothing)) on:click=move |_| asked.set(Asked::Nothing)>
                        "Clear"
                    </button>
                    <button type="button" class="quiet" data-testid="take-sample" disabled=live(move || samples.with(|s| s.is_empty())) on:click=take>
                        "Use a test sample"
                    </button>
                </div>
            </div>
            <ClassBars classes baseline=of(|p| &p.baseline) optimized=of(|p| &p.optimized) />
        </div></section>
    }
}
