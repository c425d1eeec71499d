//! A line chart with a legend that reads its numbers, and a table behind it.

use std::time::Duration;

use crate::app::{
    later::{Part, Waiting},
    live::{Show, live},
};
use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::HtmlElement;

use super::{
    uplot::{self, UPlot, formatter, list, object},
    watch::{palette, size_of, variable},
};
use crate::state::{
    format,
    look::{
        colour::Palette,
        series::{Aligned, Series},
    },
};

/// Rows of the table behind a chart.
const ROWS: usize = 60;

/// Lines over a common x. Under the pointer the legend shows the values there, otherwise the last ones.
#[component]
pub fn LineChart(
    /// What it shows.
    #[prop(into)]
    title: Signal<String>,
    /// The lines.
    #[prop(into)]
    series: Signal<Vec<Series>>,
    /// Name and unit of x.
    x_label: &'static str,
    /// Name and unit of y.
    #[prop(into)]
    y_label: Signal<String>,
    /// Whether y is logarithmic; points that are not positive are left out then.
    #[prop(into, optional)]
    log_y: Signal<bool>,
    /// Fixed ends of y.
    #[prop(into, optional)]
    y_range: Signal<Option<(f64, f64)>>,
    /// An x that is pointed at from elsewhere: the cursor stands there, and the legend reads there.
    #[prop(into, optional)]
    mark: Signal<Option<f64>>,
    /// Whether a line breaks off where it has no value, instead of going on to the next.
    #[prop(optional)]
    gaps: bool,
    /// What an empty chart says.
    #[prop(default = "Lines appear with the first steps of training.")]
    empty: &'static str,
) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    let (size, colours) = (size_of(place), palette());
    let ready = RwSignal::new(None::<bool>);
    let cursor = RwSignal::new(None::<usize>);
    let table = RwSignal::new(false);
    let chart = StoredValue::new_local(None::<Chart>);
    spawn_local(async move {
        let loaded = uplot::load().await;
        let _ = ready.try_set(Some(loaded));
    });
    let aligned = Memo::new(move |_| series.with(|s| Aligned::of(s)));
    // The chart is made anew when its lines, its scale or the theme change; new points only replace its data.
    let lines = Memo::new(move |_| series.with(|s| s.iter().map(Line::of).collect::<Vec<_>>()));
    Effect::new(move |_| {
        let (Some(element), Some(true)) = (place.get(), ready.get()) else { return };
        let setup = Setup { lines: lines.get(), palette: colours.get(), log: log_y.get(), range: y_range.get(), gaps };
        let element: HtmlElement = element.unchecked_into();
        let size = size.get_untracked();
        chart.set_value(None);
        chart.set_value(Chart::new(&element, &setup, size, &untrack(|| data(&aligned.get(), setup.log)), cursor));
    });
    Effect::new(move |_| {
        let data = data(&aligned.get(), log_y.get_untracked());
        chart.with_value(|c| c.as_ref().inspect(|c| c.plot.set_data(&data)).is_some());
    });
    Effect::new(move |_| {
        let (width, height) = size.get();
        if width > 0.0 {
            chart.with_value(|c| c.as_ref().inspect(|c| c.plot.set_size(&sized((width, height)))).is_some());
        }
    });
    Effect::new(move |before: Option<bool>| {
        let mark = mark.get();
        // The place moves with the data and with the size.
        aligned.track();
        size.track();
        if mark.is_some() || before == Some(true) {
            chart.with_value(|c| c.as_ref().inspect(|c| c.point_at(mark)).is_some());
        }
        mark.is_some()
    });
    let index = move || cursor.get().unwrap_or(usize::MAX - 1);
    let value = move |line| aligned.with(|a| a.value(line, index().min(a.x.len().saturating_sub(1))));
    let at = live(move || aligned.with(|a| a.x.get(cursor.get()?).map(|x| format!("{x_label} {}", format::number(*x)))));
    let none = move || aligned.with(|a| a.x.is_empty());
    let legend = live(move || {
        let item = |(i, line): (usize, Line)| {
            let shown = live(move || value(i).map(short_number).unwrap_or_else(|| "–".into()));
            view! {
                <li>
                    <span class="chart-swatch" class:chart-dashed=!line.dash.is_empty() style:border-color=format!("var({})", line.color_var)></span>
                    <span class="chart-name" title=line.about>{line.name}</span>
                    " "
                    <b class="num">{shown}</b>
                </li>
            }
        };
        lines.get().into_iter().enumerate().map(item).collect_view()
    });
    view! {
        <figure class="chart">
            <figcaption class="chart-head">
                <h3>{live(move || title.get())} " " <span class="muted chart-unit">{live(move || y_label.get())}</span></h3>
                <button type="button" class="quiet" aria-pressed=live(move || table.get().to_string()) on:click=move |_| table.update(|t| *t = !*t)>
                    "Table"
                    <span class="visually-hidden">{live(move || format!(" of {}", title.get()))}</span>
                </button>
            </figcaption>
            <div class="chart-body" class:chart-hidden=live(move || table.get())>
                <div class="chart-place" node_ref=place role="img" aria-label=live(move || format!("{} as lines; the numbers are in the table", title.get()))></div>
                <Show when=none>
                    <p class="empty">{empty}</p>
                </Show>
                <Show when=move || ready.get() == Some(false)>
                    <p class="empty">"The chart library could not be loaded; the table has the numbers."</p>
                </Show>
            </div>
            <Show when=move || table.get()>
                <Waiting part=Part::ChartTable(aligned, lines, x_label) />
            </Show>
            <ul class="chart-legend">{legend} <li class="muted num">{at}</li></ul>
        </figure>
    }
}

/// A line without its points.
#[derive(Clone, PartialEq)]
pub struct Line {
    name: String,
    about: String,
    color_var: &'static str,
    dash: &'static [f64],
    width: f64,
    /// One point, which no line shows.
    lone: bool,
}

impl Line {
    fn of(series: &Series) -> Self {
        Self {
            name: series.name.clone(),
            about: series.about.clone(),
            color_var: series.color_var,
            dash: series.dash,
            width: series.width,
            lone: series.points.len() == 1,
        }
    }
}

struct Setup {
    lines: Vec<Line>,
    palette: Palette,
    log: bool,
    range: Option<(f64, f64)>,
    gaps: bool,
}

/// A drawn chart with the callbacks it holds on to.
struct Chart {
    plot: UPlot,
    callbacks: Option<Callbacks>,
}

/// What the library calls: how numbers are written, and where the cursor is.
type Callbacks = (Closure<dyn FnMut(JsValue, js_sys::Array) -> js_sys::Array>, Closure<dyn FnMut(UPlot)>);

impl Chart {
    fn new(element: &HtmlElement, setup: &Setup, size: (f64, f64), data: &JsValue, cursor: RwSignal<Option<usize>>) -> Option<Self> {
        let format = formatter(format::tick);
        let moved = Closure::<dyn FnMut(UPlot)>::new(move |plot: UPlot| {
            let index = js_sys::Reflect::get(&plot.cursor(), &"idx".into()).ok().and_then(|i| i.as_f64()).map(|i| i as usize);
            let _ = cursor.try_set(index);
        });
        let axis = |size: f64, space: f64| {
            let grid = object([("stroke", setup.palette.line.css(0.8).into()), ("width", 1.into())]);
            object([
                ("stroke", setup.palette.ink_3.css(1.0).into()),
                ("grid", grid.clone()),
                ("ticks", object([("show", false.into())])),
                ("font", "12px system-ui, sans-serif".into()),
                ("size", size.into()),
                ("gap", 3.into()),
                ("space", space.into()),
                ("values", format.as_ref().clone()),
            ])
        };
        let line = |line: &Line| {
            object([
                ("label", line.name.as_str().into()),
                ("stroke", variable(line.color_var).unwrap_or_default().trim().into()),
                ("width", line.width.into()),
                ("dash", if line.dash.is_empty() { JsValue::UNDEFINED } else { list(line.dash.iter().map(|d| (*d).into())) }),
                ("spanGaps", (!setup.gaps).into()),
                ("points", object([("show", line.lone.into()), ("size", 7.into())])),
            ])
        };
        let y = match setup.range {
            Some((low, high)) => object([("range", list([low.into(), high.into()]))]),
            None => object([("distr", if setup.log { 3 } else { 1 }.into())]),
        };
        let options = object([
            ("width", size.0.max(40.0).into()),
            ("height", size.1.max(40.0).into()),
            ("padding", list([8.into(), 14.into(), 0.into(), 0.into()])),
            ("legend", object([("show", false.into())])),
            ("cursor", object([("y", false.into()), ("drag", object([("x", false.into()), ("y", false.into())]))])),
            ("scales", object([("x", object([("time", false.into())])), ("y", y)])),
            ("axes", list([axis(24.0, 60.0), axis(46.0, 28.0)])),
            ("series", list(std::iter::once(object([])).chain(setup.lines.iter().map(line)))),
            ("hooks", object([("setCursor", list([moved.as_ref().clone()]))])),
        ]);
        let plot = UPlot::new(&options, data, element).ok()?;
        Some(Self { plot, callbacks: Some((format, moved)) })
    }
}

impl Chart {
    /// Puts the cursor at an x, or takes it away.
    fn point_at(&self, x: Option<f64>) {
        let left = x.map_or(-10.0, |x| self.plot.place_of(x, "x"));
        let top = if x.is_some() { 0.0 } else { -10.0 };
        self.plot.set_cursor(&object([("left", left.into()), ("top", top.into())]));
    }
}

impl Drop for Chart {
    fn drop(&mut self) {
        self.plot.destroy();
        // The library draws new data a moment after it got them, even if the chart is destroyed in between.
        let callbacks = self.callbacks.take();
        set_timeout(move || drop(callbacks), Duration::ZERO);
    }
}

fn sized((width, height): (f64, f64)) -> JsValue {
    object([("width", width.into()), ("height", height.max(40.0).into())])
}

/// The lines as the library takes them: x, then y per line, `null` where there is no point.
fn data(aligned: &Aligned, log: bool) -> JsValue {
    let x: JsValue = js_sys::Float64Array::from(&aligned.x[..]).into();
    let line = |ys: &Vec<f64>| {
        if !log && ys.iter().all(|y| y.is_finite()) {
            return js_sys::Float64Array::from(&ys[..]).into();
        }
        list(ys.iter().map(|y| if y.is_finite() && (!log || *y > 0.0) { (*y).into() } else { JsValue::NULL }))
    };
    list(std::iter::once(x).chain(aligned.y.iter().map(line)))
}

fn short_number(value: f64) -> String {
    if value.abs() >= 10.0 { format!("{value:.1}") } else { format::number((value * 1e4).round() / 1e4) }
}

/// The numbers behind a chart.
#[component]
pub fn DataTable(
    /// The numbers.
    aligned: Memo<Aligned>,
    /// Their lines.
    lines: Memo<Vec<Line>>,
    /// Name and unit of x.
    x_label: &'static str,
) -> impl IntoView {
    let rows = live(move || {
        aligned.with(|a| {
            let row = |i: &usize| {
                let cells: Vec<_> = a.y.iter().map(|y| if y[*i].is_finite() { short_number(y[*i]) } else { "–".into() }).collect();
                let cells = cells.into_iter().map(|c| view! { <td class="num">{c}</td> }).collect_view();
                view! { <tr><th scope="row" class="num">{format::number(a.x[*i])}</th>{cells}</tr> }
            };
            a.rows(ROWS).iter().rev().map(row).collect_view()
        })
    });
    view! {
        <div class="chart-table" tabindex="0" role="group" aria-label="Numbers of the chart">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col" class="num">{x_label}</th>
                        {live(move || lines.get().into_iter().map(|l| view! { <th scope="col" class="num">{l.name}</th> }).collect_view())}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
