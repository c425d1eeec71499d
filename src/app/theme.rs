//! Light or dark: the system's choice until the user makes one, which is kept.

use leptos::prelude::*;

use super::storage;

/// The theme.
#[derive(Clone, Copy)]
pub struct Theme {
    /// The user's own choice; `None` follows the system.
    chosen: RwSignal<Option<bool>>,
    system_dark: bool,
}

impl Theme {
    /// Takes up the kept choice and keeps the document in step with it.
    pub fn provide() -> Self {
        let system_dark = window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|m| m.matches());
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
        self.chosen.get().unwrap_or(self.system_dark)
    }

    /// The other one.
    pub fn toggle(self) {
        let dark = !self.chosen.get_untracked().unwrap_or(self.system_dark);
        self.chosen.set(Some(dark));
        storage::prefer("theme", if dark { "dark" } else { "light" });
    }
}
