//! What stands below the layers of the builder: a menu that adds one, or a block of them, and what all of them cost.

use crate::app::live::live;
use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlSelectElement;

use super::{Bench, HelpTip, Stage};
use crate::{
    engine::{activations, catalog::Listing, layers, shape::Shape},
    state::builder::{self, BLOCK_HELP, COST_HELP, RESIDUAL},
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

/// Keys that choose another entry of a closed menu, and so would add a layer each, open it instead.
fn open_first(event: &ev::KeyboardEvent, menu: &HtmlSelectElement) {
    let key = event.key();
    let moves = key.starts_with("Arrow")
        || matches!(key.as_str(), "Home" | "End" | "PageUp" | "PageDown")
        || (key.chars().count() == 1 && key != " ");
    if !moves || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    // A browser that knows no `:open` is left to itself, and an open menu is gone through as ever.
    let show = || js_sys::Reflect::get(menu, &JsValue::from_str("showPicker")).ok()?.dyn_into::<js_sys::Function>().ok();
    if menu.matches(":open") == Ok(false)
        && let Some(show) = show()
    {
        event.prevent_default();
        // Refused where no key or click has come before, which cannot be here.
        let _ = show.call0(menu);
    }
}

fn options(listing: &Listing) -> impl IntoView {
    listing.entries.iter().map(|e| view! { <option value=e.key>{listing.menu_label(e)}</option> }).collect_view()
}

/// The menu that adds layers, and the sums.
#[component]
pub fn LayerMore(
    /// The builder.
    bench: Bench,
) -> impl IntoView {
    let block = layers::LISTING.find("add").map_or(("", ""), |skip| (skip.formula, skip.source));
    let total = live(move || {
        let (input, outputs) = (bench.input.get()?, bench.outputs.get()?);
        bench.model.with(|model| builder::total(model, &input, outputs)).map(|cost| builder::total_words(&cost))
    });
    view! {
        <div class="layer-add">
            <select
                aria-label="Add a layer"
                data-testid="add-layer"
                on:keydown:target=move |event| open_first(&event, &event.target())
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
                    {options(&layers::LISTING)}
                </optgroup>
                <optgroup label="Activations">
                    {options(&activations::LISTING)}
                </optgroup>
            </select>
            <HelpTip title="Residual block" id="residual-help".into() help=BLOCK_HELP formula=block.0 source=block.1 />
        </div>
        <div class="layer-total num muted" data-testid="layer-total">
            <span>{total}</span>
            <HelpTip title="What layers cost" id="layer-cost-help".into() help=COST_HELP />
        </div>
    }
}
