//! Layers moved by hand: a grip to hold, and a line where the row would land. The keyboard has its buttons.

use leptos::{ev, html, prelude::*};
use web_sys::Element;

use crate::{app::icons::Icon, state::builder};

/// A row that is being dragged.
#[derive(Clone, Copy, PartialEq)]
struct Held {
    row: usize,
    /// Gap between rows in which it would land, from 0 above the first.
    gap: usize,
    /// Where the pointer went down, and how far it is from there.
    from: f64,
    way: f64,
}

/// The drag of a list of rows.
#[derive(Clone, Copy)]
pub(super) struct Drag {
    /// The list; its children are the rows.
    pub list: NodeRef<html::Ol>,
    held: RwSignal<Option<Held>>,
    on_drop: Callback<(usize, usize)>,
}

impl Drag {
    /// `on_drop` is told the row, and the gap in which it was let go.
    pub fn new(on_drop: impl Fn(usize, usize) + Send + Sync + 'static) -> Self {
        let held = RwSignal::new(None::<Held>);
        let escape = window_event_listener(ev::keydown, move |event| {
            if event.key() == "Escape" && held.get_untracked().is_some() {
                held.set(None);
            }
        });
        on_cleanup(move || escape.remove());
        Self { list: NodeRef::new(), held, on_drop: Callback::new(move |(row, gap)| on_drop(row, gap)) }
    }

    /// Whether `row` is the one that is held.
    pub fn is_of(self, row: usize) -> bool {
        self.held.with(|h| h.is_some_and(|h| h.row == row))
    }

    /// Whether letting go now would move the held row into the gap above `row`.
    pub fn lands_above(self, row: usize) -> bool {
        self.held.with(|h| h.is_some_and(|h| h.gap == row && moves(h)))
    }

    /// How far `row` is from its place, in pixels.
    pub fn way(self, row: usize) -> f64 {
        self.held.with(|h| h.filter(|h| h.row == row).map_or(0.0, |h| h.way))
    }

    fn begin(self, row: usize, event: &ev::PointerEvent) {
        if event.button() != 0 || self.held.get_untracked().is_some() {
            return;
        }
        event.prevent_default();
        // A pointer that cannot be captured still drags while it is over the grip.
        let _ = event_target::<Element>(event).set_pointer_capture(event.pointer_id());
        let from = f64::from(event.client_y());
        self.held.set(Some(Held { row, gap: row, from, way: 0.0 }));
    }

    fn follow(self, event: &ev::PointerEvent) {
        let (Some(held), Some(list)) = (self.held.get_untracked(), self.list.get_untracked()) else { return };
        let y = f64::from(event.client_y());
        let children = list.children();
        let middle = |i: u32| {
            let rect = children.item(i)?.get_bounding_client_rect();
            // The held row is drawn away from its place.
            let away = if i as usize == held.row { held.way } else { 0.0 };
            Some(rect.top() + rect.height() / 2.0 - away)
        };
        let middles: Vec<f64> = (0..children.length()).filter_map(middle).collect();
        self.held.set(Some(Held { gap: builder::gap(&middles, y), way: y - held.from, ..held }));
    }

    fn end(self, dropped: bool) {
        let Some(held) = self.held.get_untracked() else { return };
        self.held.set(None);
        if dropped && moves(held) {
            self.on_drop.run((held.row, held.gap));
        }
    }
}

/// The gaps above and below a row leave it where it is.
fn moves(held: Held) -> bool {
    held.gap != held.row && held.gap != held.row + 1
}

/// What a row is held by: mouse, pen or finger.
#[component]
pub(super) fn Grip(drag: Drag, row: usize) -> impl IntoView {
    view! {
        <span
            class="layer-grip"
            aria-hidden="true"
            title="Drag to move"
            data-testid=format!("grip-{row}")
            on:pointerdown=move |event| drag.begin(row, &event)
            on:pointermove=move |event| drag.follow(&event)
            on:pointerup=move |_| drag.end(true)
            on:pointercancel=move |_| drag.end(false)
        >
            {Icon::Grip.draw()}
        </span>
    }
}
