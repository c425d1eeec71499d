//! Light or dark: the system's choice until the user makes one, which is kept.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::MediaQueryList;

use super::storage;

/// The theme.
#[derive(Clone, Copy)]
pub struct Theme {
    /// The user's own choice; `None` follows the system.
    chosen: RwSignal<Option<bool>>,
    system_dark: RwSignal<bool>,
}

impl Theme {
    /// Takes up the kept choice and keeps the document in step with it.
    pub fn provide() -> Self {
        let media = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
        let system_dark = RwSignal::new(media.as_ref().is_some_and(MediaQueryList::matches));
        if let Some(media) = media {
            follow(media, system_dark);
        }
        let kept = storage::preference("theme").and_then(|t| match t.as_str() {
            "dark" => Some(true),
            "light" => Some(false),
            _ => None,
        });
        let theme = Self { chosen: RwSignal::new(kept), system_dark };
        Effect::new(move |_| {
            let Some(root) = document().document_element() else { return };
            // Attributes that cannot be set leave the system's theme.
            let _ = match theme.chosen.get() {
                Some(dark) => root.set_attribute("data-theme", if dark { "dark" } else { "light" }),
                None => root.remove_attribute("data-theme"),
            };
        });
        provide_context(theme);
        theme
    }

    /// Whether the page is dark now.
    #[must_use]
    pub fn dark(self) -> bool {
        self.chosen.get().unwrap_or_else(|| self.system_dark.get())
    }

    /// The other one.
    pub fn toggle(self) {
        let dark = !untrack(|| self.dark());
        self.chosen.set(Some(dark));
        storage::prefer("theme", if dark { "dark" } else { "light" });
    }
}

/// Keeps `dark` in step with the system, for as long as the page lives.
fn follow(media: MediaQueryList, dark: RwSignal<bool>) {
    let query = media.clone();
    let changed = Closure::<dyn FnMut()>::new(move || dark.set(query.matches()));
    // A browser that tells nobody leaves the icon as it was.
    let _ = media.add_event_listener_with_callback("change", changed.as_ref().unchecked_ref());
    changed.forget();
}
