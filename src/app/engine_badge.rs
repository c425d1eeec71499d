//! Which engine trains: a badge, and behind it why, and the choice.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{
    controls::{Segmented, beside},
    desk::Desk,
    icons::Icon,
    storage,
};
use crate::{engine::params::Word, protocol::Wanted, state::engine_words};

/// What can be chosen, as it is kept and as it is called.
const CHOICES: [(Wanted, Word); 3] =
    [(Wanted::Auto, word("auto", "Automatic")), (Wanted::Cpu, word("cpu", "CPU")), (Wanted::Gpu, word("gpu", "GPU"))];
const WORDS: [Word; 3] = [CHOICES[0].1, CHOICES[1].1, CHOICES[2].1];

const fn word(key: &'static str, label: &'static str) -> Word {
    Word { key, label }
}

/// The choice that this browser keeps.
#[must_use]
pub fn kept() -> Wanted {
    let kept = storage::preference("engine").unwrap_or_default();
    CHOICES.iter().find(|(_, word)| word.key == kept).map_or(Wanted::Auto, |(wanted, _)| *wanted)
}

/// Keeps a choice on this device.
pub fn keep(wanted: Wanted) {
    if let Some((_, word)) = CHOICES.iter().find(|(choice, _)| *choice == wanted) {
        storage::prefer("engine", word.key);
    }
}

/// Which engine trains, why, and the choice.
#[component]
pub fn EngineBadge() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let webgpu = js_sys::Reflect::get(&window().navigator(), &"gpu".into()).is_ok_and(|gpu| gpu.is_truthy());
    let (build, report) = (desk.parts.engine, desk.parts.engine_report);
    let words = Memo::new(move |_| build.with(|build| report.with(|report| engine_words(build, webgpu, report.as_deref()))));
    let button = NodeRef::<html::Button>::new();
    let place = move |event: leptos::ev::Event| {
        let popover = event.target().and_then(|t| t.dyn_into::<HtmlElement>().ok());
        if let (Some(popover), Some(button)) = (popover, button.get_untracked()) {
            beside(&popover, &button);
        }
    };
    let chosen = Signal::derive(move || CHOICES.iter().position(|(wanted, _)| *wanted == desk.engine.get()).unwrap_or(0) as f64);
    let choose = Callback::new(move |i: f64| {
        if let Some((wanted, _)) = CHOICES.get(i as usize) {
            desk.set_engine(*wanted);
        }
    });
    view! {
        <span class="badge" data-testid="badge">
            {Icon::Chip.draw()}
            <span>{move || words.get().badge}</span>
            <button type="button" class="help-button" node_ref=button aria-label="About Engine" title="About Engine" popovertarget="engine-help">
                {Icon::Help.draw()}
            </button>
            <div class="help" popover="auto" id="engine-help" data-testid="engine-help" on:beforetoggle=place>
                <h3 id="engine-choice">"Train on"</h3>
                <Segmented name="engine".into() words=&WORDS value=chosen on_set=choose labelled_by="engine-choice".into() />
                <p class="help-why">{move || words.get().why}</p>
                <p class="help-facts">{move || words.get().runs}</p>
                <p class="help-source">"This choice is kept on this device. It is no part of the experiment or its link."</p>
            </div>
        </span>
    }
}
