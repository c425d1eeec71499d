//! A tree: its questions from the root down, walked over by the keyboard, with the table of all its nodes behind.

use std::sync::Arc;

use leptos::{ev, prelude::*};

use super::node_table::NodeTable;
use crate::{
    app::{
        live::{Show, live},
        panels::table_toggle::TableToggle,
    },
    engine::learners::Node,
    protocol::{DataReport, LearnerReport},
    state::look::{
        arrow::Way,
        tree::{Spot, class, layout, question, walk, words},
    },
};

/// Ends of a tree side by side; what is below is in the table.
const ENDS: usize = 16;
/// Size of the drawing in its own units.
const WIDTH: f64 = 640.0;
const LEVEL: f64 = 56.0;
const RADIUS: f64 = 9.0;

/// One tree of the model, and which.
#[component]
pub(super) fn TreeDrawing(
    /// What both models are made of.
    report: Signal<Option<Arc<LearnerReport>>>,
    /// The data, for names.
    data: Signal<Option<Arc<DataReport>>>,
    /// Whether the small model is shown.
    small: RwSignal<bool>,
    /// Asks for another tree.
    on_look: Callback<usize>,
) -> impl IntoView {
    let table = RwSignal::new(false);
    let at = RwSignal::new(0_usize);
    let nodes: Memo<Arc<Vec<Node>>> = Memo::new(move |_| {
        let tree = report.with(|r| r.as_ref().and_then(|r| r.tree.clone()));
        Arc::new(tree.map(|t| if small.get() { t.optimized.unwrap_or_default() } else { t.baseline }).unwrap_or_default())
    });
    let spots = Memo::new(move |_| nodes.with(|nodes| layout(nodes, ENDS)));
    let trees = Memo::new(move |_| report.with(|r| r.as_ref().map_or(0, |r| r.baseline.trees)));
    let shown = Memo::new(move |_| report.with(|r| r.as_ref().and_then(|r| r.tree.as_ref().map(|t| t.at)).unwrap_or(0)));
    let said = live(move || {
        spots.with(|spots| {
            let here = spots.get(at.get()).or_else(|| spots.first());
            here.map_or_else(
                || "The small model has no such tree.".into(),
                |spot| nodes.with(|nodes| data.with(|d| words(spot, nodes, d.as_deref()))),
            )
        })
    });
    let on_key = move |e: ev::KeyboardEvent| {
        let Some(way) = Way::of(&e.key()) else { return };
        e.prevent_default();
        e.stop_propagation();
        at.update(|at| *at = spots.with_untracked(|spots| walk(spots, *at, way)));
    };
    let drawing = live(move || spots.with(|spots| nodes.with(|nodes| data.with(|data| draw(spots, nodes, data.as_deref(), at)))));
    let choose = move |text: String| {
        if let Ok(tree) = text.parse::<usize>() {
            at.set(0);
            on_look.run(tree.saturating_sub(1));
        }
    };
    view! {
        <div class="panel-head">
            <Show when=move || { trees.get() > 1 }>
                <label class="learner-which">
                    {live(move || format!("Tree {} of {}", shown.get() + 1, trees.get()))}
                    <input
                        type="range"
                        min="1"
                        data-testid="learner-tree"
                        max=live(move || trees.get().to_string())
                        prop:value=live(move || (shown.get() + 1).to_string())
                        on:input:target=move |e| choose(e.target().value())
                    />
                </label>
            </Show>
            <span class="spring"></span>
            <TableToggle shown=table of="Tree" />
        </div>
        <div
            class="learner-tree"
            class:behind=table
            role="application"
            tabindex="0"
            aria-label="Decision tree. Arrow keys walk over its nodes."
            aria-describedby="learner-said"
            on:keydown=on_key
        >
            {drawing}
        </div>
        <p class="learner-said" id="learner-said" role="status" data-testid="learner-said">{said}</p>
        <Show when=move || table.get()><NodeTable nodes data /></Show>
    }
}

fn draw(spots: &[Spot], nodes: &[Node], data: Option<&DataReport>, at: RwSignal<usize>) -> AnyView {
    let levels = spots.iter().map(|s| s.level).max().unwrap_or(0) + 1;
    let height = LEVEL * levels as f64;
    let place = |spot: &Spot| (spot.x * WIDTH, LEVEL * (spot.level as f64 + 0.5));
    let links = spots.iter().filter_map(|spot| {
        let ((x, y), (u, v)) = (place(spot), place(spots.get(spot.parent?)?));
        Some(view! { <line class="learner-link" x1=format!("{u:.1}") y1=format!("{v:.1}") x2=format!("{x:.1}") y2=format!("{y:.1}") /> })
    });
    let links = links.collect_view();
    let mark = |(i, spot): (usize, &Spot)| {
        let (x, y) = place(spot);
        let node = nodes.get(spot.node)?;
        // Questions have room while few stand side by side.
        let room = spots.iter().filter(|s| s.level == spot.level).count() <= 4;
        let text = (room && node.split.is_some()).then(|| {
            let text = question(node, data);
            view! { <text class="learner-text" x=format!("{x:.1}") y=format!("{:.1}", y - RADIUS - 5.0)>{text}</text> }
        });
        let kind = class(node).map_or_else(|| "learner-node".to_string(), |class| format!("learner-node mark-class-{}", class % 4));
        let walked = live(move || at.get() == i);
        let more = (spot.hidden > 0)
            .then(|| view! { <text class="learner-text" x=format!("{x:.1}") y=format!("{:.1}", y + RADIUS + 13.0)>"…"</text> });
        Some(view! {
            <circle
                class=kind
                class:learner-here=walked
                cx=format!("{x:.1}")
                cy=format!("{y:.1}")
                r=RADIUS.to_string()
                on:click=move |_| at.set(i)
            />
            {text}
            {more}
        })
    };
    let marks = spots.iter().enumerate().map(mark).collect_view();
    view! { <svg viewBox=format!("0 0 {WIDTH} {height}") aria-hidden="true">{links} {marks}</svg> }.into_any()
}
