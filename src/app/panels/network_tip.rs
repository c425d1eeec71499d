//! What is pointed at in the network, beside it: the unit's map, large, and its words.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::{html, prelude::*};

use super::network_paint::{Scratch, fill};
use crate::{
    app::charts::{fit, palette},
    protocol::{DataReport, ModelReport, NetworkView},
    state::look::{
        network::{Layout, Spot},
        unit_words::{Words, map_words},
    },
};

/// Edge of the large map, CSS pixels.
const EDGE: f64 = 148.0;
/// Width and height kept for map and words.
const ROOM: (f64, f64) = (166.0, 250.0);

/// Words about a spot, with the map of a unit that has one.
#[component]
pub fn SpotTip(
    /// The network.
    view: Signal<Option<Arc<NetworkView>>>,
    /// Its layers.
    model: Signal<Option<Arc<ModelReport>>>,
    /// The data.
    data: Signal<Option<Arc<DataReport>>>,
    /// What is pointed at.
    spot: Memo<Option<Spot>>,
    /// What the keyboard has walked to.
    walked: RwSignal<Option<Spot>>,
    /// Where everything is.
    layout: Memo<Layout>,
    /// Width and height of the drawing.
    size: Signal<(f64, f64)>,
) -> impl IntoView {
    let words = move |spot: Spot| {
        let (view, model, data) = (view.get()?, model.get(), data.get());
        Words { view: &view, model: model.as_deref(), data: data.as_deref() }.of(spot)
    };
    let text = Memo::new(move |_| spot.get().and_then(words));
    // Said once per step of the keyboard, not at every training step.
    let said = live(move || walked.get().and_then(|s| untrack(|| words(s))).unwrap_or_default());
    // The unit, where it has a map.
    let unit = Memo::new(move |_| match spot.get()? {
        Spot::Unit(c, row) => view.with(|v| v.as_ref()?.columns.get(c).filter(|column| column.map != (1, 1)).map(|_| (c, row))),
        Spot::Link(..) => None,
    });
    let what = move || view.with(|v| v.as_ref()?.columns.get(unit.get()?.0).map(|column| map_words(column.kind)));
    let place = move || {
        let (layout, size) = (layout.get(), size.get());
        match (unit.get(), spot.get()?) {
            (Some((c, row)), _) => layout.beside((c, row), ROOM, size).map(|(x, y)| (x, y, false)),
            (None, spot) => layout.middle(spot).map(|(x, y)| (x + 8.0, y + 10.0, x > size.0 / 2.0)),
        }
    };
    let px = |v: f64| format!("{v:.0}px");
    view! {
        <Show when=move || text.with(Option::is_some)>
            <div
                class="net-tip"
                class:net-tip-map=live(move || unit.get().is_some())
                class:net-tip-left=live(move || place().is_some_and(|p| p.2))
                style:left=live(move || px(place().map_or(0.0, |p| p.0)))
                style:top=live(move || px(place().map_or(0.0, |p| p.1)))
                data-testid="network-tip"
            >
                <Show when=move || unit.get().is_some()>
                    <UnitMap view data unit />
                    <p class="muted">{live(what)}</p>
                </Show>
                <p>{live(move || text.get())}</p>
            </div>
        </Show>
        <p class="visually-hidden" role="status">{said}</p>
    }
}

/// The map of one unit.
#[component]
fn UnitMap(
    view: Signal<Option<Arc<NetworkView>>>,
    data: Signal<Option<Arc<DataReport>>>,
    unit: Memo<Option<(usize, usize)>>,
) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    let colours = palette();
    let scratch = StoredValue::new_local(Scratch::default());
    Effect::new(move |_| {
        let (Some(canvas), Some(view), Some((c, row))) = (canvas.get(), view.get(), unit.get()) else { return };
        let (Some(column), data) = (view.columns.get(c), data.get()) else { return };
        let Some(pen) = fit(&canvas, (EDGE, EDGE)) else { return };
        scratch.update_value(|scratch| {
            if let Some(tiles) = fill(scratch, column, data.as_deref(), &colours.get()) {
                let (h, w) = column.map;
                // Maps that are not square keep their shape.
                let scale = EDGE / h.max(w).max(1) as f64;
                let (wide, high) = (w as f64 * scale, h as f64 * scale);
                let smooth = data.is_some_and(|d| d.shape.len() < 3);
                tiles.draw(&pen, row, ((EDGE - wide) / 2.0, (EDGE - high) / 2.0, wide, high), smooth);
            }
        });
    });
    view! { <canvas class="net-map" node_ref=canvas aria-hidden="true" data-testid="unit-map"></canvas> }
}
