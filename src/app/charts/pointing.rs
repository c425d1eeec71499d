//! How one of what is drawn is chosen to be told of: by a pointer over it, or by arrow keys.

use leptos::{ev, prelude::*};

use crate::state::look::arrow::Way;

/// Where a pointer moves or comes down, what `find` says is there, in pixels from the corner of the drawing, is pointed at.
pub fn moves<T: Copy + PartialEq + Send + Sync + 'static>(
    pointed: RwSignal<Option<T>>,
    find: impl Fn((f64, f64)) -> Option<T> + Copy + 'static,
) -> impl Fn(ev::PointerEvent) + Copy {
    move |event| {
        let found = find((f64::from(event.offset_x()), f64::from(event.offset_y())));
        // Most moves find what was found before.
        if pointed.get_untracked() != found {
            pointed.set(found);
        }
    }
}

/// Once a pointer leaves, nothing is pointed at. What a finger pointed at stays when it is lifted, until it points elsewhere.
pub fn leaves<T: Send + Sync + 'static>(pointed: RwSignal<Option<T>>) -> impl Fn(ev::PointerEvent) + Copy {
    move |event| {
        if event.pointer_type() != "touch" {
            pointed.set(None);
        }
    }
}

/// Arrow keys lead to where `step` says, and Escape to nothing.
pub fn walks<T: Copy + Send + Sync + 'static>(
    pointed: RwSignal<Option<T>>,
    step: impl Fn(Option<T>, Way) -> Option<T> + Copy + 'static,
) -> impl Fn(ev::KeyboardEvent) + Copy {
    move |event| {
        if event.key() == "Escape" {
            pointed.set(None);
        }
        let Some(way) = Way::of(&event.key()) else { return };
        event.prevent_default();
        event.stop_propagation();
        pointed.update(|at| *at = step(*at, way));
    }
}
