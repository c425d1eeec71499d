//! Test samples before and behind a step that makes features, and what its components have to do with the columns (Gabriel 1971, The biplot graphic display of matrices).

use std::sync::Arc;

use super::lasso_path::LassoPath;
use crate::app::live::{Show, live};
use leptos::{html, prelude::*};
use web_sys::CanvasRenderingContext2d as Canvas;

use crate::{
    app::{
        charts::{fit, leaves, moves, palette, size_of, walks},
        desk::Desk,
        panels::{ClassMark, TableToggle},
    },
    protocol::FeatureView,
    state::look::{
        colour::Palette,
        pointed::{across, nearest, of_step, row, step as walked},
        points::mark,
        sight::{Arrow, Cloud, arrows, axes, cloud, reach, rows, step_name, words},
    },
};

/// Largest edge of a drawing, and the gap between two, in pixels.
const EDGE: f64 = 320.0;
const GAP: f64 = 16.0;
/// Rows of the table of samples.
const ROWS: usize = 60;

/// Two drawings of the run's test samples: by two columns that come into a step, and by the first two that go out.
#[component]
pub(in crate::app) fn FeatureSight() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    let asked: Asked = RwSignal::new((None, None));
    Effect::new(move |_| {
        let (step, columns) = asked.get();
        let steps = parts.experiment.with_untracked(|e| e.features.len());
        if parts.data.with(Option::is_some) && steps > 0 {
            // The steps of another run may be fewer.
            desk.sight(step.filter(|step| *step < steps), columns);
        }
    });
    let seen = parts.features;
    view! {
        <Show when=move || seen.with(Option::is_some)>
            <Drawn desk asked seen />
        </Show>
    }
}

type Asked = RwSignal<(Option<usize>, Option<(usize, usize)>)>;
type Seen = Memo<Option<Arc<FeatureView>>>;

#[component]
fn Drawn(desk: Desk, asked: Asked, seen: Seen) -> impl IntoView {
    let parts = desk.parts;
    let (table, samples) = (RwSignal::new(false), RwSignal::new(false));
    let pointed = RwSignal::new(None::<usize>);
    let room = NodeRef::<html::Div>::new();
    let size = size_of(room);
    // Side by side where there is room for two.
    let edge = Memo::new(move |_| {
        let wide = size.get().0;
        if wide >= 2.0 * 200.0 + GAP { ((wide - GAP) / 2.0).floor().min(EDGE) } else { wide.min(EDGE) }
    });
    let classes = Memo::new(move |_| parts.data.with(|d| d.as_ref().map_or(Vec::new(), |d| d.classes.clone())));
    let target = move || if classes.with(Vec::is_empty) { "what is predicted" } else { "class" };
    let named = Memo::new(move |_| seen.with(|s| s.as_ref().map_or_else(Default::default, |s| axes(s, target()))));
    let steps = Memo::new(move |_| seen.with(|s| s.as_ref().map_or(Vec::new(), |s| s.steps.clone())));
    let names = Memo::new(move |_| seen.with(|s| s.as_ref().map_or(Vec::new(), |s| s.names.clone())));
    let step = Memo::new(move |_| seen.with(|s| s.as_ref().map_or(0, |s| s.step)));
    let columns = Memo::new(move |_| seen.with(|s| s.as_ref().map_or((0, 1), |s| s.columns)));
    let turned = Memo::new(move |_| seen.with(|s| s.as_ref().is_some_and(|s| !s.loadings.is_empty())));
    let fitted = Memo::new(move |_| seen.with(|s| s.as_ref().is_some_and(|s| s.lasso.is_some())));
    let said = move || seen.with(|s| s.as_ref().map_or(String::new(), |s| words(s)));
    let label = move |behind: bool| {
        let [x, y] = named.get()[usize::from(behind)].clone();
        let when = if behind { "behind" } else { "before" };
        let arrows = if behind && turned.get() { "; arrows are the columns, whose loadings are in the table" } else { "" };
        format!("{} {when} it: {x} across, {y} upwards{arrows}", said())
    };
    let before =
        Signal::derive(move || seen.with(|s| s.as_ref().map(|s| cloud(&s.before.to_vec(), 2, &s.labels.to_vec(), edge.get(), false))));
    let after = Signal::derive(move || {
        seen.with(|s| s.as_ref().map(|s| cloud(&s.after.to_vec(), s.made.len(), &s.labels.to_vec(), edge.get(), !s.loadings.is_empty())))
    });
    let none = Signal::derive(Vec::new);
    let columns_as_arrows = Signal::derive(move || seen.with(|s| s.as_ref().map_or(Vec::new(), |s| arrows(s, edge.get()))));
    // A sample of another view means nothing here.
    Effect::new(move |_| {
        seen.track();
        pointed.set(None);
    });
    let told = live(move || {
        let found = pointed.get().and_then(|at| seen.with(|s| classes.with(|c| of_step(s.as_ref()?, c, at))));
        found.unwrap_or_else(|| "Point at a sample, or walk with the arrow keys, for its numbers on both sides.".into())
    });
    let choose_step = move |text: String| {
        if let Ok(step) = text.parse() {
            asked.set((Some(step), None));
        }
    };
    let choose_column = move |up: bool, text: String| {
        let Ok(column) = text.parse() else { return };
        let (x, y) = columns.get_untracked();
        asked.set((Some(step.get_untracked()), Some(if up { (x, column) } else { (column, y) })));
    };
    let menu = move |up: bool| {
        let at = move || if up { columns.get().1 } else { columns.get().0 };
        view! {
            <label>
                {if up { "Upwards " } else { "Across " }}
                <select style:max-width="11em" on:change:target=move |e| choose_column(up, e.target().value())>
                    {live(move || {
                        let option = |(i, name): (usize, String)| {
                            view! { <option value=i.to_string() prop:selected=live(move || at() == i)>{name}</option> }
                        };
                        names.get().into_iter().enumerate().map(option).collect_view()
                    })}
                </select>
            </label>
        }
    };
    let key = live(move || match classes.get() {
        none if none.is_empty() => {
            view! { <span class="boundary-item"><span class="boundary-ramp" aria-hidden="true"></span>"low to high"</span> }.into_any()
        }
        names => {
            let item = |(class, name)| view! { <span class="boundary-item"><ClassMark class />{name}</span> };
            names.into_iter().enumerate().map(item).collect_view().into_any()
        }
    });
    let many = Signal::derive(move || classes.with(Vec::len));
    let px = move || format!("{}px", edge.get());
    view! {
        <section data-testid="sight" aria-label="Before and behind a step">
            <div class="panel-head">
                <label>
                    "Step "
                    <select data-testid="sight-step" on:change:target=move |e| choose_step(e.target().value())>
                        {live(move || {
                            let option = |(i, key): (usize, String)| {
                                let name = format!("{}: {}", i + 1, step_name(&key));
                                view! { <option value=i.to_string() prop:selected=live(move || step.get() == i)>{name}</option> }
                            };
                            steps.get().into_iter().enumerate().map(option).collect_view()
                        })}
                    </select>
                </label>
                <span class="spring"></span>
                <TableToggle shown=samples of="Samples" />
                <Show when=move || turned.get()>
                    <button
                        type="button"
                        class="quiet"
                        aria-pressed=live(move || table.get().to_string())
                        aria-label="Loadings as a table"
                        on:click=move |_| table.update(|t| *t = !*t)
                    >
                        "Loadings"
                    </button>
                </Show>
            </div>
            <p class="facts muted" role="status">{live(said)}</p>
            <div node_ref=room style:display="flex" style:flex-wrap="wrap" style:gap=format!("{GAP}px")>
                <figure class="optlab-map" style:width=live(px)>
                    <Scatter edge dots=before arrows=none classes=many pointed label=Signal::derive(move || label(false)) />
                    <figcaption class="facts">"Before. " {menu(false)} " " {menu(true)}</figcaption>
                </figure>
                <figure class="optlab-map" style:width=live(px)>
                    <Scatter edge dots=after arrows=columns_as_arrows classes=many pointed label=Signal::derive(move || label(true)) />
                    <figcaption class="facts">
                        {live(move || {
                            let [_, [x, y]] = named.get();
                            format!("Behind it. {x} across, {y} upwards{}", if turned.get() { "; the circle is a correlation of 1." } else { "." })
                        })}
                    </figcaption>
                </figure>
            </div>
            <p class="plot-said" id="sight-said" role="status" data-testid="sight-said">{told}</p>
            <p class="boundary-key muted">{key}</p>
            <Show when=move || samples.get()>{live(move || seen.get().map(|s| sample_table(&s, &classes.get())))}</Show>
            <Show when=move || table.get() && turned.get()>{live(move || seen.get().map(|s| loadings(&s)))}</Show>
            <Show when=move || fitted.get()><LassoPath seen /></Show>
        </section>
    }
}

/// Dots on a square, arrows from its middle.
#[component]
fn Scatter(
    edge: Memo<f64>,
    dots: Signal<Option<Cloud>>,
    arrows: Signal<Vec<Arrow>>,
    /// How many classes; 0 where a number is predicted.
    classes: Signal<usize>,
    /// The sample that is pointed at, in either drawing.
    pointed: RwSignal<Option<usize>>,
    label: Signal<String>,
) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    let colours = palette();
    Effect::new(move |_| {
        let (Some(canvas), Some(dots), edge) = (canvas.get(), dots.get(), edge.get()) else { return };
        if edge < 1.0 {
            return;
        }
        if let Some(pen) = fit(&canvas, (edge, edge)) {
            paint(&pen, edge, &dots, &arrows.get(), classes.get(), &colours.get());
            if let Some((x, y, _)) = pointed.get().and_then(|at| dots.dots.get(dots.of.iter().position(|of| *of == at)?)) {
                pen.begin_path();
                // The radius is never negative, all that the call refuses.
                drop(pen.arc(*x, *y, 6.0, 0.0, std::f64::consts::TAU));
                pen.set_stroke_style_str(&colours.get().ink.css(1.0));
                pen.set_line_width(2.0);
                pen.stroke();
            }
        }
    });
    let moved = moves(pointed, move |at| {
        let place = |cloud: &Cloud| nearest(cloud.of.iter().zip(&cloud.dots).map(|(of, (x, y, _))| (*of, *x, *y)), at);
        dots.with_untracked(|dots| dots.as_ref().and_then(place))
    });
    let keys = walks(pointed, move |at, way| dots.with_untracked(|dots| walked(&across(dots.as_ref()?), at, way)));
    let px = move || format!("{}px", edge.get());
    let label = live(move || label.get());
    // A finger on it scrolls the page.
    view! {
        <canvas
            class="walk"
            node_ref=canvas
            style:width=live(px)
            style:height=live(px)
            style:touch-action="auto"
            tabindex="0"
            role="application"
            aria-label=label
            aria-describedby="sight-said"
            on:pointermove=moved
            on:pointerdown=moved
            on:pointerleave=leaves(pointed)
            on:keydown=keys
            on:blur=move |_| pointed.set(None)
        ></canvas>
    }
}

fn paint(pen: &Canvas, edge: f64, cloud: &Cloud, arrows: &[Arrow], classes: usize, palette: &Palette) {
    let line = |from: (f64, f64), to: (f64, f64)| {
        pen.begin_path();
        pen.move_to(from.0, from.1);
        pen.line_to(to.0, to.1);
        pen.stroke();
    };
    // The radius is never negative, all that the call refuses.
    let circle = |x: f64, y: f64, r: f64| drop(pen.arc(x, y, r, 0.0, std::f64::consts::TAU));
    pen.set_stroke_style_str(&palette.line.css(1.0));
    pen.set_line_width(1.0);
    if let Some(x) = cloud.zero.0 {
        line((x, 0.0), (x, edge));
    }
    if let Some(y) = cloud.zero.1 {
        line((0.0, y), (edge, y));
    }
    let (low, high) = cloud.dots.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), d| (low.min(d.2), high.max(d.2)));
    for (x, y, label) in &cloud.dots {
        let class = label.max(0.0) as usize;
        let colour = match classes {
            0 => palette.neg.mix(palette.pos, if high > low { (label - low) / (high - low) } else { 0.5 }),
            _ => palette.class(class),
        };
        pen.begin_path();
        match mark(if classes > 0 { class } else { 0 }) {
            [] => circle(*x, *y, 2.8),
            corners => {
                corners.iter().for_each(|(dx, dy)| pen.line_to(x + dx * 2.8, y + dy * 2.8));
                pen.close_path();
            }
        }
        pen.set_fill_style_str(&colour.css(0.85));
        pen.fill();
        pen.set_stroke_style_str(&palette.surface.css(1.0));
        pen.set_line_width(0.6);
        pen.stroke();
    }
    if arrows.is_empty() {
        return;
    }
    let middle = edge / 2.0;
    pen.set_stroke_style_str(&palette.ink_3.css(0.6));
    pen.set_line_width(1.0);
    pen.begin_path();
    circle(middle, middle, reach(edge));
    pen.stroke();
    for Arrow { tip, .. } in arrows {
        let (dx, dy) = (tip.0 - middle, tip.1 - middle);
        let length = (dx * dx + dy * dy).sqrt().max(1e-9);
        let (dx, dy) = (dx / length * 7.0, dy / length * 7.0);
        // A line around it keeps it apart from the dots.
        for (ink, width) in [(palette.surface, 4.0), (palette.ink, 1.6)] {
            pen.set_stroke_style_str(&ink.css(1.0));
            pen.set_line_width(width);
            line((middle, middle), *tip);
            line(*tip, (tip.0 - dx - 0.5 * dy, tip.1 - dy + 0.5 * dx));
            line(*tip, (tip.0 - dx + 0.5 * dy, tip.1 - dy - 0.5 * dx));
        }
    }
    pen.set_font("600 11px system-ui, sans-serif");
    pen.set_text_baseline("middle");
    for (name, (x, y)) in arrows.iter().filter_map(|arrow| Some((&arrow.name, arrow.label?))) {
        pen.set_stroke_style_str(&palette.surface.css(1.0));
        pen.set_line_width(3.0);
        // A name that cannot be drawn stands in the table.
        drop(pen.stroke_text(name, x, y));
        pen.set_fill_style_str(&palette.ink.css(1.0));
        drop(pen.fill_text(name, x, y));
    }
}

/// What each column has to do with the components.
fn loadings(view: &FeatureView) -> impl IntoView + use<> {
    let row = |(name, pair): (String, [String; 2])| {
        let cells = pair.into_iter().take(view.made.len()).map(|v| view! { <td class="num">{v}</td> }).collect_view();
        view! { <tr><th scope="row">{name}</th>{cells}</tr> }
    };
    view! {
        <div class="panel-table" tabindex="0" role="region" aria-label="Loadings, table">
            <table class="table">
                <caption class="muted">"Loadings: how each column correlates with the components among training samples."</caption>
                <thead>
                    <tr>
                        <th scope="col">"Column"</th>
                        {view.made.iter().map(|name| view! { <th scope="col" class="num">{name.clone()}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{rows(view).into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// The first samples on both sides of the step.
fn sample_table(view: &FeatureView, classes: &[String]) -> AnyView {
    let name = |at: usize| view.names.get(at).cloned().unwrap_or_default();
    let label = if classes.is_empty() { "To be predicted" } else { "Class" };
    // A step that makes one column has none to go upwards.
    let kept = [0, 1, 2, 3, 4, 5].map(|at| at != 4 || view.made.len() > 1);
    let heads = ["Sample".into(), name(view.columns.0), name(view.columns.1)]
        .into_iter()
        .chain(view.made.iter().take(2).map(|made| format!("{made}, behind")))
        .chain([label.into()])
        .map(|head: String| view! { <th scope="col" class="num">{head}</th> })
        .collect_view();
    let line = |cells: [String; 6]| {
        let cells = cells.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(cell, _)| view! { <td class="num">{cell}</td> });
        view! { <tr>{cells.collect_view()}</tr> }
    };
    let lines = (0..view.labels.len().min(ROWS)).filter_map(|at| row(view, classes, at)).map(line).collect_view();
    view! {
        <div class="panel-table" tabindex="0" role="region" aria-label="Samples, table">
            <table class="table">
                <caption class="muted">{format!("The first {ROWS} test samples of those that are drawn, before the step and behind it.")}</caption>
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
    }
    .into_any()
}
