//! The loss over a plane through the weights, as a map with contours and the path that training took.

use crate::app::live::{Show, live};
use leptos::{ev, html, prelude::*};
use web_sys::CanvasRenderingContext2d as Canvas;

use super::table_toggle::TableToggle;
use crate::{
    app::{
        charts::{Tiles, fit, palette},
        controls::Segmented,
        desk::Desk,
    },
    engine::params::Word,
    protocol::{LabWish, Surface},
    state::{
        format,
        look::{
            colour::Palette,
            surface::{Picture, picture, reading},
        },
    },
};

const PLANES: &[Word] = &[Word { key: "random", label: "Random directions" }, Word { key: "path", label: "Path of training" }];
const SIZES: &[Word] = &[Word { key: "11", label: "11 × 11" }, Word { key: "21", label: "21 × 21" }, Word { key: "41", label: "41 × 41" }];
const POINTS: [usize; 3] = [11, 21, 41];
/// Edge of the map in CSS pixels, and of the picture in it.
const EDGE: f64 = 320.0;
const PIXELS: usize = 120;

/// Asks for a surface and shows it.
#[component]
pub fn LossSurface(
    /// Who is asked.
    desk: Desk,
) -> impl IntoView {
    let parts = desk.parts;
    let (plane, size) = (RwSignal::new(0.0), RwSignal::new(1.0));
    let table = RwSignal::new(false);
    let surface = Memo::new(move |_| parts.lab.with(|lab| lab.surface.clone()));
    let sounding = Memo::new(move |_| parts.lab.with(|lab| lab.sounding));
    // A path that is too short is refused at the epochs.
    let error = Signal::derive(move || parts.failures.with(|f| f.get("epochs").cloned()));
    let busy = Signal::derive(move || parts.lab.with(|lab| lab.busy));
    let begin = move |_| {
        let size = POINTS[(size.get_untracked() as usize).min(POINTS.len() - 1)];
        desk.lab(LabWish::Surface { size, path: plane.get_untracked() != 0.0 });
    };
    let words = live(move || {
        let surface = surface.get()?;
        let held = if surface.path.is_empty() {
            "Both directions are random, and as long as the weights filter by filter.".to_string()
        } else {
            format!(
                "The two directions hold {} and {} of the variance of the path; its points lie off the plane by the rest.",
                format::percent(surface.shares.0),
                format::percent(surface.shares.1)
            )
        };
        let (samples, step) = (format::count(surface.samples as u64), format::count(surface.step));
        Some(format!("Loss on {samples} training samples around the weights of step {step}. {held}"))
    });
    view! {
        <section class="optlab-part" data-testid="loss-surface" aria-label="Loss surface">
            <div class="panel-head">
                <div>
                    <h3>"Loss surface"</h3>
                    <p class="muted">"The loss over a plane through the weights at hand: how wide is the valley, and how did training get there (Li et al. 2018)?"</p>
                </div>
                <Show
                    when=move || sounding.get().is_some()
                    fallback=move || view! {
                        <button type="button" class="button" data-testid="surface" disabled=live(move || busy.get()) on:click=begin>"Compute"</button>
                    }
                >
                    <progress aria-label="Loss surface" max="1" prop:value=move || f64::from(sounding.get().unwrap_or(0.0))></progress>
                    <button type="button" class="quiet" on:click=move |_| desk.lab(LabWish::Stop)>"Stop"</button>
                </Show>
            </div>
            <div class="optlab-row">
                <span class="visually-hidden" id="surface-plane">"Which plane"</span>
                <Segmented name="surface-plane".into() words=PLANES value=plane.into() on_set=Callback::new(move |v| plane.set(v)) labelled_by="surface-plane".into() />
                <span class="visually-hidden" id="surface-size">"Points"</span>
                <Segmented name="surface-size".into() words=SIZES value=size.into() on_set=Callback::new(move |v| size.set(v)) labelled_by="surface-size".into() />
                <Show when=move || surface.with(Option::is_some)><TableToggle shown=table of="Loss surface" /></Show>
            </div>
            <p class="muted" role="status">{words}</p>
            <p class="control-error" role="status">{live(move || error.get())}</p>
            <Show when=move || surface.with(Option::is_some)>
                <div class:behind=live(move || table.get())><Map surface /></div>
            </Show>
            <Show when=move || table.get()>{live(move || surface.get().map(|s| numbers(&s)))}</Show>
        </section>
    }
}

/// The map, and what lies under the pointer.
#[component]
fn Map(surface: Memo<Option<Surface>>) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    let colours = palette();
    let tiles = StoredValue::new_local(Tiles::new());
    let pointed = RwSignal::new(None::<(f64, f64)>);
    Effect::new(move |_| {
        let (Some(canvas), Some(drawn)) = (canvas.get(), surface.with(|s| s.as_ref().and_then(picture))) else { return };
        let Some(pen) = fit(&canvas, (EDGE, EDGE)) else { return };
        tiles.update_value(|tiles| {
            if let Some(tiles) = tiles {
                paint(&pen, &drawn, &colours.get(), tiles);
            }
        });
    });
    let moved = move |event: ev::PointerEvent| {
        let place = (f64::from(event.offset_x()) / EDGE, f64::from(event.offset_y()) / EDGE);
        pointed.set(Some(place));
    };
    let read = live(move || {
        let surface = surface.get()?;
        Some(match pointed.get().and_then(|(x, y)| reading(&surface, x, y)) {
            Some((a, b, loss)) => format!("α {a:.3}, β {b:.3}: loss {}", format::loss(f64::from(loss))),
            None => {
                let finite = surface.losses.iter().copied().filter(|l| l.is_finite());
                let (low, high) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), l| (low.min(l), high.max(l)));
                format!("Losses from {} (light) to {} (dark).", format::loss(f64::from(low)), format::loss(f64::from(high)))
            }
        })
    });
    let px = format!("{EDGE}px");
    view! {
        <figure class="optlab-map">
            <canvas
                node_ref=canvas
                style:width=px.clone()
                style:height=px
                role="img"
                aria-label="Loss over the plane as a map; the numbers are in the table"
                on:pointermove=moved
                on:pointerleave=move |_| pointed.set(None)
            ></canvas>
            <figcaption class="num">{read}</figcaption>
        </figure>
    }
}

fn paint(pen: &Canvas, drawn: &Picture, palette: &Palette, tiles: &mut Tiles) {
    let (low, high) = drawn.range;
    let pixel = |v: f32| {
        let share = if high > low { (v - low) / (high - low) } else { 0.0 };
        let [r, g, b] = palette.surface.mix(palette.baseline, share).0;
        [r, g, b, 255]
    };
    if tiles.fill(&drawn.field.paint(PIXELS, false, pixel), PIXELS, PIXELS).is_none() {
        return;
    }
    tiles.draw(pen, 0, (0.0, 0.0, EDGE, EDGE), true);
    pen.set_stroke_style_str(&palette.ink.css(0.4));
    pen.set_line_width(1.0);
    for (level, _) in &drawn.levels {
        pen.begin_path();
        for [x0, y0, x1, y1] in drawn.field.contour(*level) {
            pen.move_to(f64::from(x0) * EDGE, f64::from(y0) * EDGE);
            pen.line_to(f64::from(x1) * EDGE, f64::from(y1) * EDGE);
        }
        pen.stroke();
    }
    pen.set_stroke_style_str(&palette.optimized.css(1.0));
    pen.set_line_width(2.0);
    pen.begin_path();
    drawn.path.iter().for_each(|(x, y)| pen.line_to(x * EDGE, y * EDGE));
    pen.stroke();
    // Where it stands, and where the path began.
    let middle = drawn.path.last().copied().unwrap_or((0.5, 0.5));
    for ((x, y), r) in drawn.path.first().map(|first| (*first, 3.0)).into_iter().chain([(middle, 5.0)]) {
        pen.begin_path();
        // The radius is never negative, all that the call refuses.
        drop(pen.arc(x * EDGE, y * EDGE, r, 0.0, std::f64::consts::TAU));
        pen.set_fill_style_str(&palette.optimized.css(1.0));
        pen.fill();
    }
}

/// Losses as a table, the far end of β on top as in the map.
fn numbers(surface: &Surface) -> impl IntoView + use<> {
    let cols = surface.alphas.len().max(1);
    let row = |(beta, losses): (&f64, &[f32])| {
        let cells = losses.iter().map(|l| view! { <td class="num">{format::loss(f64::from(*l))}</td> }).collect_view();
        view! { <tr><th scope="row" class="num">{format!("{beta:.3}")}</th>{cells}</tr> }
    };
    view! {
        <div class="panel-table" tabindex="0" role="region" aria-label="Loss surface, table">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"β \\ α"</th>
                        {surface.alphas.iter().map(|a| view! { <th scope="col" class="num">{format!("{a:.3}")}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{surface.betas.iter().zip(surface.losses.chunks(cols)).rev().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
