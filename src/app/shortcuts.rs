//! Single keys for what is done often. They can be switched off, for people whose voice control types letters.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::{
    desk::Desk,
    dialogs::{Dialog, Dialogs},
    pages::play::{TABS, Tab},
    storage,
    theme::Theme,
};

/// The keys, as the help shows them.
pub const KEYS: &[(&str, &str)] = &[
    ("space", "Play or pause"),
    ("s", "One step"),
    ("e", "To the end of the epoch"),
    ("r", "Restart from the same first weights"),
    ("n", "Restart from other first weights"),
    ("[ and ]", "Back and forward in time"),
    ("m", "Measure latency thoroughly"),
    ("b", "Benchmark this device"),
    ("g", "Gallery of experiments"),
    ("1 – 8", "Curves, Confusion, Weights, Latency, Recipe, Pareto, Runs, Lab"),
    ("t", "Light or dark"),
    ("?", "This help"),
    ("esc", "Close what is open"),
];

/// Whether single keys act.
#[derive(Clone, Copy)]
pub struct Shortcuts(pub RwSignal<bool>);

impl Shortcuts {
    /// Listens to the keyboard.
    pub fn provide(desk: Desk, dialogs: Dialogs, theme: Theme, tab: RwSignal<Tab>) {
        let on = RwSignal::new(storage::preference("shortcuts").as_deref() != Some("off"));
        provide_context(Self(on));
        window_event_listener(ev::keydown, move |event| {
            if !on.get_untracked() || dialogs.open() || !meant_for_page(&event) {
                return;
            }
            match event.key().as_str() {
                " " => desk.toggle(),
                "s" => desk.step(),
                "e" => desk.epoch(),
                "r" => desk.restart(),
                "n" => desk.reseed(),
                "[" => desk.hop(true),
                "]" => desk.hop(false),
                "m" => desk.measure(),
                "b" => dialogs.show(Dialog::Benchmark),
                "g" => dialogs.show(Dialog::Gallery),
                "t" => theme.toggle(),
                "?" => dialogs.show(Dialog::Help),
                key => match key.parse::<usize>().ok().and_then(|n| TABS.get(n.wrapping_sub(1))) {
                    Some(chosen) => tab.set(*chosen),
                    None => return,
                },
            }
            event.prevent_default();
        });
    }

    /// Switches single keys on or off.
    pub fn set(self, on: bool) {
        self.0.set(on);
        storage::prefer("shortcuts", if on { "on" } else { "off" });
    }
}

/// Not typed into a field, not part of a combination, and no space that presses the focused button.
fn meant_for_page(event: &KeyboardEvent) -> bool {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() || event.default_prevented() {
        return false;
    }
    let Some(target) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else { return true };
    let takes = |selector: &str| target.closest(selector).ok().flatten().is_some();
    if takes("input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]") {
        return false;
    }
    !(event.key() == " " && takes("button, summary, a, input, [role=button], [role=tab], [tabindex='0']"))
}
