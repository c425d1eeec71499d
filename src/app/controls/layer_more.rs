//! What stands below the layers of the builder: a menu that adds one, or a block of them, and what all of them cost.

use crate::app::live::live;
use leptos::prelude::*;

use super::{Bench, HelpTip, Stage};
use crate::{
    engine::{activations, catalog::Pick, layers, shape::Shape},
    state::{
        builder::{self, BLOCK_HELP, RESIDUAL},
        format,
    },
};

/// Most rows of a model: what still reads as a list.
const ROWS: usize = 24;

/// The shape behind the last layer that takes what comes in; `None` before the data are known.
fn end(bench: Bench) -> Option<Shape> {
    let input = bench.input.get_untracked()?;
    Some(bench.outline.with_untracked(|(outlines, _)| outlines.last().map_or(input, |o| o.shape.clone())))
}

fn add(bench: Bench, key: &str) {
    let after = bench.rows.with_untracked(Vec::len).checked_sub(1);
    if key.is_empty() || after.is_some_and(|last| last + 1 >= ROWS) {
        return;
    }
    if key != RESIDUAL {
        bench.change(Stage::Done, |model| builder::add(model, after, key));
    } else if let Some(shape) = end(bench) {
        bench.change(Stage::Done, |model| builder::add_block(model, after, &shape));
    }
}

/// The menu that adds layers, and the sums.
#[component]
pub fn LayerMore(
    /// The builder.
    bench: Bench,
) -> impl IntoView {
    let block = layers::LISTING.find("add").map_or(("", ""), |skip| (skip.formula, skip.source));
    view! {
        <div class="layer-add">
            <select
                aria-label="Add a layer"
                data-testid="add-layer"
                on:change:target=move |event| {
                    add(bench, &event.target().value());
                    event.target().set_value("");
                }
            >
                <option value="">"+ Add a layer…"</option>
                <optgroup label="Blocks">
                    <option value=RESIDUAL>"Residual block"</option>
                </optgroup>
                <optgroup label="Layers">
                    {layers::LISTING.entries.iter().map(|e| view! { <option value=e.key>{e.label}</option> }).collect_view()}
                </optgroup>
                <optgroup label="Activations">
                    {activations::LISTING.entries.iter().map(|e| view! { <option value=e.key>{e.label}</option> }).collect_view()}
                </optgroup>
            </select>
            <HelpTip title="Residual block" id="residual-help".into() help=BLOCK_HELP formula=block.0 source=block.1 />
        </div>
        <p class="layer-total num muted">{live(move || total_text(bench))}</p>
    }
}

/// "53,418 parameters · 53.1 k multiply-adds a sample", the output layer included.
fn total_text(bench: Bench) -> Option<String> {
    let (input, outputs) = (bench.input.get()?, bench.outputs.get()?);
    let model = bench.model.get();
    let last = bench.outline.with(|(outlines, error)| match error {
        None => Some(outlines.last().map_or(input.clone(), |o| o.shape.clone())),
        Some(_) => None,
    })?;
    let mut all = model;
    if last.0.len() > 1 {
        all.push(Pick::new("flatten"));
    }
    all.push(Pick::new("dense").with("units", outputs as f64));
    let (outlines, error) = builder::outline(&all, &input, outputs);
    let (params, macs) = outlines.iter().fold((0, 0), |(p, m), o| (p + o.params, m + o.macs));
    error.is_none().then(|| format!("{} parameters · {} multiply-adds a sample", format::count(params), format::compact(macs as f64)))
}
