//! What both models say over the plane, with the points that they learned from.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::{ev, html, prelude::*};
use web_sys::CanvasRenderingContext2d as Canvas;

use super::table_toggle::TableToggle;
use crate::{
    app::charts::{Tiles, fit, leaves, palette, size_of},
    protocol::{Boundary, DataReport},
    state::{
        Prediction, format,
        look::{
            arrow::Way,
            colour::Palette,
            field::{Field, Paint, agreement},
            pointed::{of_plane, walked},
            points::{Point, mark, points},
        },
    },
};

/// Pixels per edge of the picture before it is scaled to the screen.
const EDGE: usize = 144;
/// Rows of the table behind the map.
const ROWS: usize = 60;

/// Which model is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Baseline,
    Split,
    Optimized,
}

const MODES: [(Shown, &str); 3] = [(Shown::Baseline, "Baseline"), (Shown::Split, "Split"), (Shown::Optimized, "Optimized")];

/// Outputs over the plane as a smooth map; training points filled, test points ringed.
#[component]
pub fn BoundaryMap(
    /// Outputs over the plane.
    #[prop(into)]
    boundary: Signal<Option<Arc<Boundary>>>,
    /// The data.
    #[prop(into)]
    data: Signal<Option<Arc<DataReport>>>,
    /// Asks the models about a place.
    on_place: Callback<[f32; 2]>,
    /// What they answered last.
    #[prop(into)]
    prediction: Signal<Option<Arc<Prediction>>>,
    /// What lies over the map.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let colours = palette();
    let shown = RwSignal::new(Shown::Split);
    let cut = RwSignal::new(50.0_f64);
    let table = RwSignal::new(false);
    let room = NodeRef::<html::Div>::new();
    let size = size_of(room);
    let (ground, marks) = (NodeRef::<html::Canvas>::new(), NodeRef::<html::Canvas>::new());
    let tiles = StoredValue::new_local(Tiles::new());
    let all_points = Memo::new_with_compare(move |_| data.get().map(|d| Arc::new(points(&d))).unwrap_or_default(), |_, _| true);
    let classes = Memo::new(move |_| data.with(|d| d.as_ref().map_or(2, |d| d.classes.len())));
    let extent = Memo::new(move |_| boundary.with(|b| b.as_ref().map(|b| b.extent)));
    let edge = Memo::new(move |_| size.with(|s| s.0.min(s.1).floor()));

    Effect::new(move |_| {
        let (Some(canvas), Some(boundary)) = (ground.get(), boundary.get()) else { return };
        let edge = edge.get();
        let Some(pen) = (edge > 20.0).then(|| fit(&canvas, (edge, edge))).flatten() else { return };
        let split = match shown.get() {
            Shown::Baseline => 1.0,
            Shown::Optimized => 0.0,
            Shown::Split => cut.get() / 100.0,
        };
        tiles.update_value(|tiles| {
            if let Some(tiles) = tiles {
                paint(&pen, edge, &boundary, classes.get(), &colours.get(), tiles, split);
            }
        });
    });
    Effect::new(move |_| {
        let (Some(canvas), Some(extent)) = (marks.get(), extent.get()) else { return };
        let edge = edge.get();
        if let Some(pen) = (edge > 20.0).then(|| fit(&canvas, (edge, edge))).flatten() {
            all_points.with(|p| paint_points(&pen, edge, p, extent, classes.get(), &colours.get()));
        }
    });

    let same =
        Memo::new(move |_| boundary.with(|b| b.as_ref().map(|b| agreement(&b.baseline.to_vec(), &b.optimized.to_vec(), classes.get()))));
    let agree = move || same.get().map(|s| format!("the models agree on {} of the plane", format::percent0(f64::from(s))));
    let label = live(move || match agree() {
        Some(agree) => format!("Map of the plane with {} points: {agree}.", all_points.with(|p| p.len())),
        None => "Map of the plane, not drawn yet".into(),
    });
    let px = move || format!("{:.0}px", edge.get());
    let button = move |(mode, name): (Shown, &'static str)| {
        let pressed = live(move || (shown.get() == mode).to_string());
        view! { <button type="button" class="quiet" aria-pressed=pressed on:click=move |_| shown.set(mode)>{name}</button> }
    };
    let names = Memo::new(move |_| data.with(|d| d.as_ref().map(|d| d.classes.clone()).unwrap_or_default()));
    let key = live(move || match names.get() {
        none if none.is_empty() => {
            view! { <span class="boundary-item"><span class="boundary-ramp" aria-hidden="true"></span>"low to high"</span> }.into_any()
        }
        names => names
            .into_iter()
            .enumerate()
            .map(|(class, name)| view! { <span class="boundary-item"><ClassMark class />{name}</span> })
            .collect_view()
            .into_any(),
    });
    let map = NodeRef::<html::Div>::new();
    let place = RwSignal::new(None::<[f32; 2]>);
    // A pointer shows itself where it is.
    let by_key = RwSignal::new(false);
    // Asked anew when the models have changed, for as long as somebody points.
    Effect::new(move |_| {
        boundary.track();
        if let Some(place) = place.get() {
            on_place.run(place);
        }
    });
    let moved = move |event: ev::PointerEvent| {
        let (Some(map), Some(extent)) = (map.get_untracked(), extent.get_untracked()) else { return };
        let frame = map.get_bounding_client_rect();
        let share = |at: i32, from: f64, size: f64| ((f64::from(at) - from) / size.max(1.0)).clamp(0.0, 1.0) as f32 * 2.0 - 1.0;
        let (x, y) = (share(event.client_x(), frame.left(), frame.width()), share(event.client_y(), frame.top(), frame.height()));
        by_key.set(false);
        place.set(Some([x * extent, -y * extent]));
    };
    let keys = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            place.set(None);
        }
        let (Some(way), Some(far)) = (Way::of(&event.key()), extent.get_untracked()) else { return };
        event.prevent_default();
        event.stop_propagation();
        by_key.set(true);
        place.set(Some(walked(place.get_untracked().unwrap_or_default(), way, far)));
    };
    let cross = live(move || {
        let ([x, y], far) = (place.get().filter(|_| by_key.get())?, extent.get()?);
        let (left, top) = ((x / far + 1.0) * 50.0, (1.0 - y / far) * 50.0);
        Some(
            view! { <div class="painter-cursor" style:left=format!("{left:.2}%") style:top=format!("{top:.2}%") aria-hidden="true"></div> },
        )
    });
    let said = live(move || match place.get() {
        Some(place) => data.with(|data| data.as_ref().map(|data| of_plane(data, place, prediction.get().as_deref()))),
        None => extent.get().map(|_| "Point at the map, or walk with the arrow keys, for what the models say there.".into()),
    });
    let split = move || shown.get() == Shown::Split && boundary.with(Option::is_some);
    let waits = move || boundary.with(Option::is_none);
    view! {
        <div class="boundary" data-testid="boundary">
            <div class="panel-head">
                <div class="panel-switch" role="group" aria-label="Shown model">{MODES.map(button).collect_view()}</div>
                <TableToggle shown=table of="Decision boundary" />
            </div>
            <div class="boundary-room" class:behind=table node_ref=room>
                <div
                    class="boundary-map"
                    node_ref=map
                    style:width=px
                    style:height=px
                    on:pointermove=moved
                    on:pointerdown=moved
                    on:pointerleave=leaves(place)
                >
                    <canvas
                        class="boundary-canvas"
                        node_ref=ground
                        tabindex="0"
                        role="application"
                        aria-label=label
                        aria-describedby="boundary-said"
                        on:keydown=keys
                        on:blur=move |_| place.set(None)
                    ></canvas>
                    <canvas class="boundary-canvas" node_ref=marks aria-hidden="true"></canvas>
                    {cross}
                    <Show when=split>
                        <div class="boundary-cut" style:left=live(move || format!("{}%", cut.get())) aria-hidden="true">
                            <span class="boundary-tag boundary-tag-left">"baseline"</span>
                            <span class="boundary-tag boundary-tag-right">"optimized"</span>
                        </div>
                        <input
                            type="range"
                            class="boundary-slider"
                            min="0"
                            max="100"
                            aria-label="Where the baseline ends and the optimized model begins"
                            prop:value=live(move || cut.get().to_string())
                            on:input:target=move |e| cut.set(e.target().value().parse().unwrap_or(50.0))
                        />
                    </Show>
                    {children.map(|over| over())}
                </div>
                <Show when=waits><p class="empty">"The map comes with the first comparison."</p></Show>
            </div>
            <p class="plot-said" class:behind=table id="boundary-said" role="status" data-testid="boundary-said">{said}</p>
            <Show when=move || table.get()><PointTable points=all_points boundary data /></Show>
            <p class="boundary-key muted">
                {key}
                <span class="boundary-item"><span class="mark-train" aria-hidden="true"></span>"training"</span>
                <span class="boundary-item"><span class="mark-test" aria-hidden="true"></span>"test"</span>
                <span class="boundary-agree">{agree}</span>
            </p>
        </div>
    }
}

/// The mark of a class, as the map draws it.
#[component]
pub fn ClassMark(
    /// From 0.
    class: usize,
) -> impl IntoView {
    let corners = mark(class).iter().map(|(x, y)| format!("{:.1},{:.1}", 6.0 + 4.0 * x, 6.0 + 4.0 * y)).collect::<Vec<_>>().join(" ");
    let shape = if corners.is_empty() {
        view! { <circle cx="6" cy="6" r="4" /> }.into_any()
    } else {
        view! { <polygon points=corners /> }.into_any()
    };
    view! { <svg class=format!("mark-class mark-class-{}", class % 4) viewBox="0 0 12 12" aria-hidden="true">{shape}</svg> }
}

/// Both fields, the baseline left of `split` (a share of the width), and the line between two classes.
fn paint(pen: &Canvas, edge: f64, boundary: &Boundary, classes: usize, palette: &Palette, tiles: &mut Tiles, split: f64) {
    let fields = [&boundary.baseline, &boundary.optimized].map(|v| Field::new(v.to_vec(), boundary.cells));
    let [Some(baseline), Some(optimized)] = fields else { return };
    // One range for both, so that a colour means the same on both sides.
    let (a, b) = (baseline.range(), optimized.range());
    let paint = Paint::new(classes, (a.0.min(b.0), a.1.max(b.1)), palette);
    for (field, from, to) in [(&baseline, 0.0, split), (&optimized, split, 1.0)] {
        if to <= from || tiles.fill(&field.paint(EDGE, paint.classes(), |v| paint.pixel(v)), EDGE, EDGE).is_none() {
            continue;
        }
        pen.save();
        pen.begin_path();
        pen.rect(from * edge, 0.0, (to - from) * edge, edge);
        pen.clip();
        tiles.draw(pen, 0, (0.0, 0.0, edge, edge), true);
        if classes == 2 {
            contour(pen, edge, field, palette);
        }
        pen.restore();
    }
}

fn contour(pen: &Canvas, edge: f64, field: &Field, palette: &Palette) {
    pen.begin_path();
    for [x0, y0, x1, y1] in field.contour(0.0) {
        pen.move_to(f64::from(x0) * edge, f64::from(y0) * edge);
        pen.line_to(f64::from(x1) * edge, f64::from(y1) * edge);
    }
    pen.set_stroke_style_str(&palette.ink.css(0.55));
    pen.set_line_width(1.25);
    pen.stroke();
}

fn paint_points(pen: &Canvas, edge: f64, points: &[Point], extent: f32, classes: usize, palette: &Palette) {
    let place = |v: f32| f64::from(v / extent * 0.5 + 0.5) * edge;
    let (lo, hi) = points.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), p| (lo.min(p.label), hi.max(p.label)));
    let class = |p: &Point| p.label.max(0.0) as usize;
    let colour = |p: &Point| match classes {
        0 => palette.neg.mix(palette.pos, if hi > lo { (p.label - lo) / (hi - lo) } else { 0.5 }),
        _ => palette.class(class(p)),
    };
    let r = (edge / 130.0).clamp(2.0, 3.6);
    // Training points first: the fewer test points lie above them.
    for test in [false, true] {
        for p in points.iter().filter(|p| p.test == test) {
            let (x, y, r) = (place(p.x), edge - place(p.y), if test { r - 0.3 } else { r });
            pen.begin_path();
            match mark(if classes > 0 { class(p) } else { 0 }) {
                // The radius is never negative, all that the call refuses.
                [] => drop(pen.arc(x, y, r, 0.0, std::f64::consts::TAU)),
                corners => {
                    corners.iter().for_each(|(dx, dy)| pen.line_to(x + dx * r, y + dy * r));
                    pen.close_path();
                }
            }
            let (fill, stroke, width) = if test { (palette.surface, colour(p), 1.6) } else { (colour(p), palette.surface, 0.8) };
            pen.set_fill_style_str(&fill.css(1.0));
            pen.fill();
            pen.set_stroke_style_str(&stroke.css(1.0));
            pen.set_line_width(width);
            pen.stroke();
        }
    }
}

/// Test points with what both models say there.
#[component]
fn PointTable(
    points: Memo<Arc<Vec<Point>>>,
    boundary: Signal<Option<Arc<Boundary>>>,
    data: Signal<Option<Arc<DataReport>>>,
) -> impl IntoView {
    let body = live(move || {
        let (Some(boundary), Some(data)) = (boundary.get(), data.get()) else { return Vec::new() };
        let (Some(baseline), Some(optimized)) =
            (Field::new(boundary.baseline.to_vec(), boundary.cells), Field::new(boundary.optimized.to_vec(), boundary.cells))
        else {
            return Vec::new();
        };
        let classes = data.classes.clone();
        let name = move |i: f32| classes.get(i.max(0.0) as usize).cloned().unwrap_or_else(|| format::number(f64::from(i)));
        let many = data.classes.len();
        let say = |field: &Field, p: &Point| {
            let at = |v: f32| v / boundary.extent * 0.5 + 0.5;
            let (x, y) = (at(p.x), 1.0 - at(p.y));
            match many {
                0 => format::number(f64::from((field.at(x, y) * 1e3).round() / 1e3)),
                2 => name(if field.at(x, y) > 0.0 { 1.0 } else { 0.0 }),
                _ => name(field.class_at(x, y)),
            }
        };
        let row = |p: &Point| {
            let label = if many == 0 { format::number(f64::from((p.label * 1e3).round() / 1e3)) } else { name(p.label) };
            view! {
                <tr>
                    <td class="num">{format!("{:.2}", p.x)}</td>
                    <td class="num">{format!("{:.2}", p.y)}</td>
                    <td>{label}</td>
                    <td>{say(&baseline, p)}</td>
                    <td>{say(&optimized, p)}</td>
                </tr>
            }
        };
        points.with(|all| all.iter().filter(|p| p.test).take(ROWS).map(row).collect::<Vec<_>>())
    });
    view! {
        <div class="panel-table" tabindex="0" role="region" aria-label="Test points, table">
            <table class="table">
                <caption class="muted">{format!("The first {ROWS} test points; predictions are read off the map.")}</caption>
                <thead>
                    <tr><th scope="col">"x"</th><th scope="col">"y"</th><th scope="col">"Actual"</th><th scope="col">"Baseline"</th><th scope="col">"Optimized"</th></tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
}
