//! Painting points on the map of the plane, with mouse, finger or keys.

use crate::app::live::{Show, live};
use leptos::{ev, prelude::*};

use super::boundary_map::ClassMark;
use crate::{
    engine::data::painted::{CLASSES, MOST, REACH, Spot},
    state::look::easel::{Easel, Tool, place},
};

/// How far an arrow key takes the cursor, and with the shift key.
const STEPS: (f32, f32) = (0.25, 1.0);
/// Every tool, and what it is called.
const TOOLS: [(Tool, &str); 3] = [(Tool::Look, "Look"), (Tool::Move, "Move"), (Tool::Erase, "Erase")];

/// What tools and layer share.
#[derive(Clone, Copy)]
pub struct Painting {
    /// The points.
    pub easel: RwSignal<Easel>,
    /// What the pointer does.
    pub tool: RwSignal<Tool>,
    /// Whether points are others than those of the run.
    pub fresh: RwSignal<bool>,
    /// Told when a stroke is done, and the points can be learnt from.
    pub on_paint: Callback<String>,
}

impl Painting {
    fn done(self) {
        self.fresh.set(true);
        let text = self.easel.with_untracked(|easel| easel.lacks().is_none().then(|| easel.text()));
        if let Some(text) = text {
            self.on_paint.run(text);
        }
    }

    /// Ends a stroke.
    fn release(self) {
        if self.easel.try_update(Easel::release).unwrap_or(false) {
            self.done();
        }
    }
}

/// Classes to paint, and what else can be done to points.
#[component]
pub fn PaintTools(painting: Painting) -> impl IntoView {
    let Painting { easel, tool, .. } = painting;
    let button = move |wanted: Tool, content: AnyView, label: String| {
        let pressed = live(move || (tool.get() == wanted).to_string());
        view! { <button type="button" class="quiet" aria-pressed=pressed aria-label=label on:click=move |_| tool.set(wanted)>{content}</button> }
    };
    let classes = CLASSES.iter().enumerate().map(|(class, name)| {
        button(Tool::Paint(class), view! { <ClassMark class />{*name} }.into_any(), format!("Paint points of class {name}"))
    });
    let others = TOOLS.map(|(tool, name)| button(tool, name.into_any(), format!("{name}: {}", words(tool))));
    let undo = move |_| {
        if easel.try_update(Easel::undo).unwrap_or(false) {
            painting.done();
        }
    };
    let clear = move |_| {
        easel.update(Easel::clear);
        if tool.get_untracked() == Tool::Look {
            tool.set(Tool::Paint(0));
        }
        painting.done();
    };
    let count = live(move || easel.with(|e| e.lacks().unwrap_or_else(|| format!("{} of {MOST} points", e.spots().len()))));
    view! {
        <div class="painter-tools" role="toolbar" aria-label="Painting points" data-testid="painter">
            <div class="panel-switch" role="group" aria-label="Tool">{classes.collect_view()}{others.into_iter().collect_view()}</div>
            <span class="spring"></span>
            <button type="button" class="quiet" on:click=undo>"Undo"</button>
            <button type="button" class="quiet" on:click=clear>"Clear"</button>
            <p class="muted num painter-count" role="status">{count}</p>
        </div>
    }
}

fn words(tool: Tool) -> &'static str {
    match tool {
        Tool::Look => "the map is left alone",
        Tool::Paint(_) => "puts points",
        Tool::Move => "takes a point elsewhere",
        Tool::Erase => "takes points away",
    }
}

/// Lies over the map and takes what pointer and keys do.
#[component]
pub fn PaintLayer(painting: Painting) -> impl IntoView {
    let Painting { easel, tool, fresh, .. } = painting;
    let cursor = RwSignal::new(None::<[f32; 2]>);
    let down = RwSignal::new(false);
    let at = |event: &ev::PointerEvent| {
        let layer = event_target::<web_sys::Element>(event).get_bounding_client_rect();
        let (width, height) = (layer.width().max(1.0), layer.height().max(1.0));
        place((f64::from(event.client_x()) - layer.left()) / width, (f64::from(event.client_y()) - layer.top()) / height)
    };
    let press = move |event: ev::PointerEvent| {
        if event.button() != 0 || tool.get_untracked() == Tool::Look {
            return;
        }
        // A pointer that cannot be captured still paints while it is over the map.
        let _ = event_target::<web_sys::Element>(&event).set_pointer_capture(event.pointer_id());
        cursor.set(None);
        down.set(true);
        fresh.set(true);
        easel.update(|e| e.press(tool.get_untracked(), at(&event)));
    };
    let drag = move |event: ev::PointerEvent| {
        if down.get_untracked() {
            easel.update(|e| e.drag(tool.get_untracked(), at(&event)));
        }
    };
    let release = move |_: ev::PointerEvent| {
        if down.get_untracked() {
            down.set(false);
            painting.release();
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        let step = if event.shift_key() { STEPS.1 } else { STEPS.0 };
        let by = match event.key().as_str() {
            "ArrowLeft" => [-step, 0.0],
            "ArrowRight" => [step, 0.0],
            "ArrowUp" => [0.0, step],
            "ArrowDown" => [0.0, -step],
            "Enter" | " " => [0.0, 0.0],
            "Delete" | "Backspace" => {
                event.prevent_default();
                event.stop_propagation();
                let here = cursor.get_untracked().unwrap_or([0.0; 2]);
                easel.update(|e| e.press(Tool::Erase, here));
                return painting.release();
            }
            _ => return,
        };
        event.prevent_default();
        // Arrows and space mean something else to the page.
        event.stop_propagation();
        let before = cursor.get_untracked().unwrap_or([0.0; 2]);
        let here = [0, 1].map(|i| (before[i] + by[i]).clamp(-REACH, REACH));
        cursor.set(Some(here));
        let tool = match tool.get_untracked() {
            Tool::Look => Tool::Paint(0),
            tool => tool,
        };
        if by != [0.0, 0.0] {
            if easel.with_untracked(Easel::holds) {
                easel.update(|e| e.drag(tool, here));
            }
            return;
        }
        // A point that is moved is taken with one press, and put down with the next.
        let held = easel.with_untracked(Easel::holds);
        if !held {
            easel.update(|e| e.press(tool, here));
        }
        if held || !easel.with_untracked(Easel::holds) {
            painting.release();
        }
    };
    // What the run has not seen yet is drawn here; the map draws the rest.
    let marks = live(move || {
        let spots = if fresh.get() { easel.with(|e| e.spots().to_vec()) } else { Vec::new() };
        spots.into_iter().map(|spot| view! { <SpotMark spot /> }).collect_view()
    });
    let cross = live(move || {
        cursor.get().map(|[x, y]| {
            let (x, y) = shares([x, y]);
            view! { <div class="painter-cursor" style:left=format!("{x:.2}%") style:top=format!("{y:.2}%") aria-hidden="true"></div> }
        })
    });
    let said = live(move || cursor.get().map(|[x, y]| format!("x {x:.2}, y {y:.2}")));
    view! {
        <div
            class="painter-layer"
            class:painter-off=move || tool.get() == Tool::Look
            tabindex="0"
            role="application"
            aria-label="Map to paint on: arrow keys move the cursor, Enter uses the tool there, Delete erases."
            data-testid="painter-layer"
            on:pointerdown=press
            on:pointermove=drag
            on:pointerup=release
            on:pointercancel=release
            on:keydown=key
            on:blur=move |_| cursor.set(None)
        >
            {marks}
            {cross}
            <span class="visually-hidden" role="status">{said}</span>
        </div>
        <Show when=move || fresh.get() && easel.with(|e| e.lacks().is_some())>
            <p class="painter-lacks">{live(move || easel.with(Easel::lacks))}</p>
        </Show>
    }
}

/// Hundredths of the map from its upper left corner.
fn shares([x, y]: [f32; 2]) -> (f32, f32) {
    let along = |v: f32| (v / REACH * 0.5 + 0.5) * 100.0;
    (along(x), 100.0 - along(y))
}

#[component]
fn SpotMark(spot: Spot) -> impl IntoView {
    let (x, y) = shares(spot.place());
    view! { <span class="painter-spot" style:left=format!("{x:.2}%") style:top=format!("{y:.2}%") aria-hidden="true"><ClassMark class=spot.class() /></span> }
}
