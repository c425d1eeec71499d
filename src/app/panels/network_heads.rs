//! One neuron more, one less: buttons at the head of each hidden column.

use std::sync::Arc;

use crate::app::live::{For, Show, live};
use leptos::prelude::*;

use crate::{
    engine::catalog::Pick,
    protocol::{ModelReport, NetworkView},
    state::{
        builder::{resize, size, size_word},
        look::network::{Column, Layout},
    },
};

/// Narrower columns have no room for buttons.
const ROOM: f64 = 54.0;
/// Narrower ones have none for the number between them.
const NUMBER_ROOM: f64 = 80.0;

/// Buttons over the columns. What they change waits for a new run, as in the recipe.
#[component]
pub fn ColumnHeads(
    /// The network, for its columns.
    view: Signal<Option<Arc<NetworkView>>>,
    /// Its layers.
    model: Signal<Option<Arc<ModelReport>>>,
    /// Hidden layers as the controls show them.
    layers: Signal<Vec<Pick>>,
    /// Where everything is.
    layout: Memo<Layout>,
    /// The changed hidden layers.
    on_resize: Callback<Vec<Pick>>,
) -> impl IntoView {
    // Layers of the hidden columns that have a size, and that the controls still have at the same place.
    let heads = Memo::new(move |_| {
        let (Some(view), Some(model)) = (view.get(), model.get()) else { return Vec::new() };
        let columns = view.columns.iter().enumerate().take(view.columns.len().saturating_sub(1));
        layers.with(|layers| {
            let head = |(c, column): (usize, &crate::protocol::ViewColumn)| {
                let layer = column.layer?;
                let key = &model.layers.get(layer)?.key;
                let pick = layers.get(layer).filter(|pick| pick.key == *key)?;
                size_word(pick).map(|what| (c, layer, key.clone(), what))
            };
            columns.filter_map(head).collect()
        })
    });
    let distance = Memo::new(move |_| {
        let middle = |p: &Column| p.left + p.size / 2.0;
        layout.with(|l| l.columns.windows(2).map(|w| middle(&w[1]) - middle(&w[0])).fold(f64::INFINITY, f64::min))
    });
    let roomy = move || distance.get() >= ROOM;
    let head = move |(c, layer, key, what): (usize, usize, String, &'static str)| {
        let left = move || layout.with(|l| l.columns.get(c).map_or(0.0, |p| p.left + p.size / 2.0));
        let units = move || layers.with(|l| l.get(layer).and_then(size).unwrap_or(0.0));
        let drawn = move || view.with(|v| v.as_ref().and_then(|v| v.columns.get(c)).map_or(0.0, |column| column.total as f64));
        let button = move |by: f64, sign: &'static str| {
            let key = key.clone();
            let changed = Signal::derive(move || layers.with(|l| resize(l, layer, &key, by)));
            let name =
                if by > 0.0 { format!("Add a {what} to layer {}", layer + 1) } else { format!("Remove a {what} from layer {}", layer + 1) };
            view! {
                <button
                    type="button"
                    class="net-head-button"
                    aria-label=name
                    disabled=live(move || changed.with(Option::is_none))
                    on:click=move |_| if let Some(model) = changed.get_untracked() { on_resize.run(model) }
                >
                    {sign}
                </button>
            }
        };
        view! {
            <div class="net-head" style:left=live(move || format!("{:.1}px", left())) data-testid=format!("head-{layer}")>
                {button.clone()(-1.0, "\u{2212}")}
                <span class="num" class:net-head-new=live(move || units() != drawn()) title=live(move || if units() == drawn() { "" } else { "Waits for Apply" })>
                    {live(move || units().to_string())}
                </span>
                {button(1.0, "+")}
            </div>
        }
    };
    view! {
        <Show when=roomy>
            <div class="net-heads" class:net-heads-narrow=live(move || distance.get() < NUMBER_ROOM) role="group" aria-label="Size of the hidden layers">
                <For each=move || heads.get() key=|h| format!("{h:?}") children=head />
            </div>
        </Show>
    }
}
