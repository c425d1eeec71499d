//! The middle: the network, and what it makes of the data.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use crate::{
    app::{
        controls::{Segmented, Stage},
        desk::Desk,
        later::{Part, Place, Waiting},
        panels::{HandEdits, NetworkDrawing},
    },
    engine::{catalog::Pick, data::text::is_text, params::Word},
    protocol::{NetworkView, Sample},
    state::{Task, look::network::MaskEdit},
};

/// The network and its outputs.
#[component]
pub fn NetworkStage() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let network = Signal::derive(move || desk.parts.view.get().map(|v| Arc::<NetworkView>::clone(&v.network)));
    let mask = Callback::new(move |edit: MaskEdit| desk.mask(edit));
    let set_weight = Callback::new(move |(link, value)| desk.set_weight(link, value));
    let weights_set = Signal::derive(move || desk.parts.view.get().map_or(0, |v| v.network.weights_set));
    let resize = Callback::new(move |model: Vec<Pick>| desk.edit_model(Stage::Done, &model));
    let batch = Signal::derive(move || desk.parts.experiment.with(|e| e.train.batch));
    let clear = Callback::new(move |()| desk.clear_by_hand());
    let measure = Callback::new(move |()| desk.measure());
    view! {
        <section class="column stage" aria-labelledby="stage-title">
            <h2 id="stage-title" class="visually-hidden">"Network"</h2>
            <div class="stage-grid">
                <Show when=move || desk.parts.runs_network.get() fallback=|| view! { <Waiting part=Part::OfLearner(Place::Stage) /> }>
                <NetworkDrawing view=network model=desk.parts.model data=desk.parts.data on_mask=mask on_weight=set_weight layers=desk.parts.layers on_resize=resize batch compared=desk.parts.compared latency=desk.parts.latency on_measure=measure measuring=desk.parts.measuring>
                    <HandEdits hand=desk.parts.hand weights_set failures=desk.parts.failures on_clear=clear />
                </NetworkDrawing>
                </Show>
                <Outputs />
            </div>
        </section>
    }
}

/// Which view of the outputs suits the data.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Plane,
    Images(usize, usize, usize),
    Values,
    Text,
    Rows,
}

/// What the models say: over the plane, of images and drawings, against the true values, in a text of their own, or of rows of a table.
#[component]
fn Outputs() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    let kind = Memo::new(move |_| {
        parts.data.with(|data| {
            let data = data.as_ref()?;
            Some(match data.shape[..] {
                _ if !data.points.is_empty() => Kind::Plane,
                [h, w, c] => Kind::Images(h, w, c),
                _ if parts.task.get() == Task::Regression => Kind::Values,
                _ if is_text(&data.key) && parts.runs_network.get() => Kind::Text,
                _ => Kind::Rows,
            })
        })
    });
    let samples = Signal::derive(move || parts.view.get().map_or_else(Arc::default, |v| Arc::<Vec<Sample>>::clone(&v.samples)));
    let watch = Callback::new(move |sample| desk.watch(sample));
    live(move || {
        let kind = kind.get()?;
        Some(match kind {
            Kind::Plane => view! { <div class="outputs outputs-plane"><Waiting part=Part::Plane /></div> }.into_any(),
            Kind::Images(h, w, c) => view! { <Images shape=(h, w, c) samples watch /> }.into_any(),
            Kind::Values => view! { <div class="outputs outputs-plane"><Waiting part=Part::Values /></div> }.into_any(),
            Kind::Rows => view! { <div class="outputs"><Waiting part=Part::Samples(samples, watch) quiet=true /></div> }.into_any(),
            Kind::Text => view! { <div class="outputs"><Waiting part=Part::Writer /></div> }.into_any(),
        })
    })
}

const VIEWS: &[Word] = &[Word { key: "samples", label: "Test samples" }, Word { key: "draw", label: "Draw your own" }];

/// Test images and what the models say of them, or a pad to draw one.
#[component]
fn Images(shape: (usize, usize, usize), samples: Signal<Arc<Vec<Sample>>>, watch: Callback<usize>) -> impl IntoView {
    let view = RwSignal::new(0.0);
    let chosen = live(move || {
        if view.get() == 0.0 {
            // There is nothing to show before the first comparison: the first view does not wait for it.
            view! { <Waiting part=Part::Samples(samples, watch) quiet=true /> }.into_any()
        } else {
            view! { <Waiting part=Part::DrawPad(shape, samples) /> }.into_any()
        }
    });
    view! {
        <div class="outputs">
            <div class="outputs-switch">
                <span class="visually-hidden" id="outputs-label">"What the models say"</span>
                <Segmented
                    name="outputs".into()
                    words=VIEWS
                    value=view.into()
                    on_set=Callback::new(move |v| view.set(v))
                    labelled_by="outputs-label".into()
                />
            </div>
            {chosen}
        </div>
    }
}
