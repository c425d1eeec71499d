//! Which class is taken for which.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use super::thumbnail::{Thumbnail, image_shape};
use crate::{
    app::charts::palette,
    protocol::{DataReport, Evaluation, Sample},
    state::{
        CellSamples, format,
        look::{confusion::Matrix, digit::top, facts},
    },
};

/// A confusion matrix: rows are what is true, columns what is said; colour is the share of the row. A click on a cell shows its
/// samples.
#[component]
pub fn Confusion(
    /// The fp32 model's counts.
    #[prop(into)]
    baseline: Signal<Option<Arc<Evaluation>>>,
    /// The optimized model's counts.
    #[prop(into)]
    optimized: Signal<Option<Arc<Evaluation>>>,
    /// The data, for names and the shape of samples.
    #[prop(into)]
    data: Signal<Option<Arc<DataReport>>>,
    /// Asks for the samples of a cell: row, column, whether of the optimized model.
    on_cell: Callback<(usize, usize, bool)>,
    /// The samples that came.
    #[prop(into)]
    cell: Signal<Option<Arc<CellSamples>>>,
) -> impl IntoView {
    let of_optimized = RwSignal::new(true);
    let chosen = RwSignal::new(None::<(usize, usize)>);
    let matrix = Memo::new(move |_| {
        let evaluation = if of_optimized.get() { optimized.get() } else { baseline.get() };
        evaluation.and_then(|e| Matrix::new(&e.confusion))
    });
    let other = Memo::new(move |_| {
        let evaluation = if of_optimized.get() { baseline.get() } else { optimized.get() };
        evaluation.and_then(|e| Matrix::new(&e.confusion))
    });
    let classes = Memo::new(move |_| data.with(|d| d.as_ref().map(|d| d.classes.clone()).unwrap_or_default()));
    let size = Memo::new(move |_| matrix.with(|m| m.as_ref().map_or(0, Matrix::classes)));
    // Another model or other data: the samples shown belong to neither.
    Effect::new(move |_| {
        of_optimized.track();
        size.track();
        chosen.set(None);
    });
    let ask = move |row: usize, column: usize| {
        chosen.set(Some((row, column)));
        on_cell.run((row, column, of_optimized.get_untracked()));
    };
    let button = move |(side, name): (bool, &'static str)| {
        let pressed = live(move || (of_optimized.get() == side).to_string());
        view! { <button type="button" class="quiet" aria-pressed=pressed on:click=move |_| of_optimized.set(side)>{name}</button> }
    };
    let worst = move || {
        let (actual, said, count) = matrix.with(|m| m.as_ref()?.worst())?;
        let name = |i: usize| classes.with(|c| c.get(i).cloned()).unwrap_or_else(|| i.to_string());
        Some(format!("Most often {} is taken for {}: {} times.", name(actual), name(said), format::count(u64::from(count))))
    };
    view! {
        <div class="confusion" data-testid="confusion">
            <Show when=move || { size.get() > 0 } fallback=|| view! { <p class="muted">"The matrix comes with the first comparison."</p> }>
                <div class="confusion-sides">
                    <Grid matrix other classes size chosen ask=Callback::new(move |(r, c)| ask(r, c)) />
                    <div class="confusion-side">
                        <div class="panel-switch" role="group" aria-label="Shown model">
                            {[(false, "Baseline"), (true, "Optimized")].map(button).collect_view()}
                        </div>
                        <p class="muted">{live(worst)}</p>
                        <Drawer chosen cell classes data of_optimized />
                    </div>
                </div>
            </Show>
        </div>
    }
}

/// The table of counts.
#[component]
fn Grid(
    matrix: Memo<Option<Matrix>>,
    other: Memo<Option<Matrix>>,
    classes: Memo<Vec<String>>,
    size: Memo<usize>,
    chosen: RwSignal<Option<(usize, usize)>>,
    ask: Callback<(usize, usize)>,
) -> impl IntoView {
    let colours = palette();
    let name = move |i: usize| classes.with(|c| c.get(i).cloned()).unwrap_or_else(|| i.to_string());
    let cell = move |row: usize, column: usize| {
        let count = Memo::new(move |_| matrix.with(|m| m.as_ref().map_or(0, |m| m.count(row, column))));
        let share = Memo::new(move |_| matrix.with(|m| m.as_ref().map_or(0.0, |m| m.share(row, column))));
        let change = move || other.with(|o| o.as_ref().map_or(0, |o| i64::from(count.get()) - i64::from(o.count(row, column))));
        // On the diagonal what is right, elsewhere what is wrong.
        let ground = move || {
            let p = colours.get();
            let tone = if row == column { p.right } else { p.wrong };
            p.surface.mix(tone, if share.get() > 0.0 { 0.08 + 0.72 * share.get().sqrt() } else { 0.0 })
        };
        let ink = live(move || if ground().wants_dark_text() { "#000000" } else { "#ffffff" });
        let label = move || {
            let change = match change() {
                0 => String::new(),
                n => format!(", {n:+} against the other model"),
            };
            format!(
                "{} taken for {}: {} of {}{change}",
                name(row),
                name(column),
                count.get(),
                matrix.with(|m| m.as_ref().map_or(0, |m| m.row(row)))
            )
        };
        view! {
            <td>
                <button
                    type="button"
                    class="confusion-cell num"
                    class:confusion-none=live(move || count.get() == 0)
                    aria-pressed=live(move || (chosen.get() == Some((row, column))).to_string())
                    aria-label=label
                    title=label
                    disabled=live(move || count.get() == 0)
                    style:background-color=live(move || ground().css(1.0))
                    style:color=ink
                    on:click=move |_| ask.run((row, column))
                >
                    {live(move || count.get())}
                </button>
            </td>
        }
    };
    let row = move |r: usize| {
        let recall = live(move || matrix.with(|m| m.as_ref().map_or_else(String::new, |m| format::percent0(f64::from(m.share(r, r))))));
        view! {
            <tr>
                <th scope="row">{name(r)}</th>
                {(0..size.get()).map(|c| cell(r, c)).collect_view()}
                <td class="confusion-recall num muted">{recall}</td>
            </tr>
        }
    };
    view! {
        <div class="confusion-scroll" tabindex="0" role="region" aria-label="Confusion matrix">
            <table class="confusion-table">
                <caption class="visually-hidden">"Rows: actual class. Columns: predicted class."</caption>
                <thead>
                    <tr>
                        <td class="confusion-corner muted">"actual ↓ predicted →"</td>
                        {live(move || (0..size.get()).map(|c| view! { <th scope="col"><span>{name(c)}</span></th> }).collect_view())}
                        <th scope="col" class="muted">"right"</th>
                    </tr>
                </thead>
                <tbody>{live(move || (0..size.get()).map(row).collect_view())}</tbody>
            </table>
        </div>
    }
}

/// Samples of the chosen cell.
#[component]
fn Drawer(
    chosen: RwSignal<Option<(usize, usize)>>,
    cell: Signal<Option<Arc<CellSamples>>>,
    classes: Memo<Vec<String>>,
    data: Signal<Option<Arc<DataReport>>>,
    of_optimized: RwSignal<bool>,
) -> impl IntoView {
    let name = move |i: usize| classes.with(|c| c.get(i).cloned()).unwrap_or_else(|| i.to_string());
    let image = Memo::new(move |_| data.with(|d| d.as_ref().and_then(|d| image_shape(&d.shape))));
    let shown = move || cell.get().filter(|c| chosen.get() == Some((c.actual, c.predicted)));
    let words = move || match (chosen.get(), shown()) {
        (None, _) => "Choose a cell to see its samples.".to_string(),
        (Some(_), None) => "Looking them up…".into(),
        (Some((r, c)), Some(cell)) => {
            let what = if r == c { format!("{}, taken for itself", name(r)) } else { format!("{} taken for {}", name(r), name(c)) };
            let first = if cell.samples.len() < cell.total { format!(", the first {}", cell.samples.len()) } else { String::new() };
            format!("{what}: {}{first}", format::count(cell.total as u64))
        }
    };
    let sure = move |s: &Sample| {
        let sure = top(if of_optimized.get_untracked() { &s.optimized } else { &s.baseline }).map_or(0.0, |t| t.1);
        format::percent0(f64::from(sure))
    };
    let picture = move |s: &Sample, shape: (usize, usize, usize)| {
        let words = format!("Test sample {}, {} sure", s.index, sure(s));
        let said = words.clone();
        view! {
            <li title=words>
                <Thumbnail pixels=Signal::stored(Arc::new(s.input.to_vec())) shape=Signal::stored(shape) size=40 />
                <span class="visually-hidden">{said}</span>
            </li>
        }
    };
    let samples = live(move || {
        let (cell, data) = (shown()?, data.get()?);
        if let Some(shape) = image.get() {
            let pictures = cell.samples.iter().map(|s| picture(s, shape)).collect_view();
            return Some(view! { <ul class="confusion-samples">{pictures}</ul> }.into_any());
        }
        (!cell.samples.is_empty()).then(|| rows(&cell, &data, &sure))
    });
    view! {
        <div class="confusion-drawer">
            <p class="muted" role="status">{words}</p>
            {samples}
        </div>
    }
}

/// Samples that are no images: what both are, how sure the model is, and every value under the name of its column.
fn rows(cell: &CellSamples, data: &DataReport, sure: &dyn Fn(&Sample) -> String) -> AnyView {
    let name = |class: usize| data.classes.get(class).cloned().unwrap_or_else(|| class.to_string());
    let (heads, all) = facts::heads(data);
    let more = (all > heads.len()).then(|| {
        let words = format!("The first {} of {} columns.", heads.len(), format::count(all as u64));
        view! { <p class="muted">{words}</p> }
    });
    let head = |name: String| view! { <th scope="col" class="num">{name}</th> };
    let row = |s: &Sample| {
        let values = facts::cells(data, &s.input.to_vec()).into_iter().map(|v| view! { <td class="num">{v}</td> }).collect_view();
        view! {
            <tr>
                <th scope="row" class="num">{s.index}</th>
                <td>{name(cell.actual)}</td>
                <td>{name(cell.predicted)} " " <span class="muted">{sure(s)}</span></td>
                {values}
            </tr>
        }
    };
    view! {
        <div class="panel-table confusion-rows" tabindex="0" role="region" aria-label="Samples of the cell, table">
            <table class="table" data-testid="confusion-rows">
                <thead>
                    <tr>
                        <th scope="col" class="num">"Sample"</th>
                        <th scope="col">"Actual"</th>
                        <th scope="col">"Predicted"</th>
                        {heads.into_iter().map(head).collect_view()}
                    </tr>
                </thead>
                <tbody>{cell.samples.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
        {more}
    }
    .into_any()
}
