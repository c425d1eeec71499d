//! The network: a column of little maps for each layer, and the links between them.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::{ev, html, prelude::*};

use super::{
    network_heads::ColumnHeads,
    network_paint::{Picture, Scratch},
    network_profile::{Profile, ProfileBars, ProfileChoice, ROOM},
};
use crate::{
    app::{
        charts::{fit, palette, size_of},
        later::{Part, Waiting},
    },
    engine::catalog::Pick,
    experiment::Link,
    protocol::{DataReport, LatencyReport, ModelReport, NetworkView},
    state::{
        Compared,
        look::{
            network::{Layout, MaskEdit, Spot},
            unit_words::edit,
        },
    },
};

/// Draws the network as it is. A click on a link prunes or revives it; a click on a unit (or Enter) lists its links.
#[component]
pub fn NetworkDrawing(
    /// The network; `None` until the worker has sent one.
    #[prop(into)]
    view: Signal<Option<Arc<NetworkView>>>,
    /// Its layers, for their names.
    #[prop(into)]
    model: Signal<Option<Arc<ModelReport>>>,
    /// The data, for the names of inputs and outputs.
    #[prop(into)]
    data: Signal<Option<Arc<DataReport>>>,
    /// Asked when a link is pruned or revived by hand.
    #[prop(into)]
    on_mask: Callback<MaskEdit>,
    /// Asked when a single weight is set by hand.
    #[prop(into)]
    on_weight: Callback<(Link, f32)>,
    /// Hidden layers as the controls show them.
    #[prop(into)]
    layers: Signal<Vec<Pick>>,
    /// Asked when a layer is to have a unit more or less.
    on_resize: Callback<Vec<Pick>>,
    /// Samples of a mini-batch.
    #[prop(into)]
    batch: Signal<usize>,
    /// The last comparison, for what each layer costs in both models.
    #[prop(into)]
    compared: Signal<Option<Arc<Compared>>>,
    /// The last full measurement, for the time of each layer.
    #[prop(into)]
    latency: Signal<Option<Arc<LatencyReport>>>,
    /// Asks for one.
    on_measure: Callback<()>,
    /// Whether it is under way.
    #[prop(into)]
    measuring: Signal<bool>,
    /// What stands between the drawing and its table.
    children: Children,
) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    let colours = palette();
    let size = size_of(place);
    let hovered = RwSignal::new(None::<Spot>);
    let walked = RwSignal::new(None::<Spot>);
    let opened = RwSignal::new(None::<(usize, usize)>);
    let costs = RwSignal::new(false);
    let profile = Profile::kept();
    // Width and height of what is painted: bars stand below it.
    let painted = Memo::new(move |_| {
        let (width, height) = size.get();
        (width, if profile.on() { height - ROOM } else { height })
    });
    let layout = Memo::new(move |_| {
        let end = if data.with(|d| d.as_ref().is_some_and(|d| !d.classes.is_empty() || !d.target.is_empty())) { 68.0 } else { 4.0 };
        view.with(|v| v.as_ref().map(|v| Layout::of(v, painted.get(), end))).unwrap_or_default()
    });
    let spot = Memo::new(move |_| hovered.get().or_else(|| walked.get()));
    let scratch = StoredValue::new_local(Scratch::default());
    let font = StoredValue::new(String::new());

    Effect::new(move |_| {
        let (Some(canvas), Some(view)) = (canvas.get(), view.get()) else { return };
        let size = size.get();
        let Some(pen) = (size.0 > 40.0).then(|| fit(&canvas, size)).flatten() else { return };
        if font.with_value(String::is_empty) {
            let family = window().get_computed_style(&canvas).ok().flatten().and_then(|s| s.get_property_value("font-family").ok());
            font.set_value(family.unwrap_or_else(|| "sans-serif".into()));
        }
        let (model, data) = (model.get(), data.get());
        layout.with(|layout| {
            font.with_value(|font| {
                let picture = Picture {
                    view: &view,
                    model: model.as_deref(),
                    data: data.as_deref(),
                    layout,
                    palette: colours.get(),
                    spot: spot.get(),
                    height: painted.get().1,
                    font,
                };
                scratch.update_value(|scratch| picture.paint(&pen, scratch));
            });
        });
    });

    let at = move |e: &ev::PointerEvent| layout.with(|l| l.at(f64::from(e.offset_x()), f64::from(e.offset_y())));
    let act = move |spot: Option<Spot>| match spot {
        Some(Spot::Unit(c, row)) => opened.set(Some((c, row))),
        Some(Spot::Link(c, from, to)) => {
            if let Some(edit) = view.with_untracked(|v| v.as_ref().and_then(|v| edit(v, c, from, to))) {
                on_mask.run(edit);
            }
        }
        None => {}
    };
    let on_key = move |e: ev::KeyboardEvent| {
        let (dx, dy) = match e.key().as_str() {
            "ArrowLeft" => (-1, 0),
            "ArrowRight" => (1, 0),
            "ArrowUp" => (0, -1),
            "ArrowDown" => (0, 1),
            "Enter" | " " => {
                e.prevent_default();
                return act(walked.get_untracked());
            }
            "Escape" => {
                hovered.set(None);
                walked.set(None);
                return opened.set(None);
            }
            _ => return,
        };
        e.prevent_default();
        e.stop_propagation();
        walked.update(|w| *w = layout.with_untracked(|l| l.go(*w, dx, dy)));
    };
    let waits = move || view.with(Option::is_none);

    view! {
        <div class="net" data-testid="network">
            <div class="net-place" node_ref=place>
                <div
                    class="net-stage"
                    role="application"
                    tabindex="0"
                    aria-label="Network drawing. Arrow keys walk over units, Enter lists the links of one."
                    on:keydown=on_key
                    on:focus=move |_| walked.update(|w| *w = w.or_else(|| layout.with_untracked(|l| l.go(None, 0, 0))))
                    on:blur=move |_| walked.set(None)
                >
                    <canvas
                        node_ref=canvas
                        class="net-canvas"
                        class:net-hot=live(move || matches!(hovered.get(), Some(Spot::Link(..) | Spot::Unit(..))))
                        aria-hidden="true"
                        on:pointermove=move |e| hovered.set(at(&e))
                        on:pointerleave=move |_| hovered.set(None)
                        on:pointerup=move |e| act(at(&e))
                    ></canvas>
                    <Waiting quiet=true part=Part::Spot { view, model, data, spot, walked, layout, size } />
                </div>
                <ColumnHeads view model layers layout on_resize />
                <ProfileBars profile view model compared latency on_measure measuring layout />
                <Show when=waits>
                    <p class="empty">"The network appears here as soon as the first weights are set."</p>
                </Show>
            </div>
            <div class="net-foot">
                <p class="net-key" aria-hidden="true">
                    <span class="net-key-neg">"negative"</span>
                    <span class="net-key-pos">"positive"</span>
                    <span class="net-key-gone">"pruned"</span>
                    <span class="net-key-dead">"dead unit"</span>
                </p>
                <span class="spring"></span>
                <ProfileChoice profile />
                <button
                    type="button"
                    class="quiet"
                    data-testid="layer-costs-toggle"
                    aria-expanded=live(move || (costs.get() && opened.get().is_none()).to_string())
                    on:click=move |_| {
                        costs.update(|c| *c = !*c);
                        opened.set(None);
                    }
                >
                    "Layers"
                </button>
                <button
                    type="button"
                    class="quiet"
                    aria-expanded=live(move || opened.get().is_some().to_string())
                    on:click=move |_| opened.update(|o| *o = if o.is_some() { None } else { Some((1, 0)) })
                >
                    "Table"
                </button>
            </div>
            {children()}
            <Show when=move || costs.get() && opened.get().is_none()>
                <Waiting part=Part::LayerCosts(model, batch) />
            </Show>
            <Show when=move || opened.get().is_some() && !waits()>
                <Waiting part=Part::UnitLinks { view, model, data, opened, on_mask, on_weight } />
            </Show>
        </div>
    }
}
