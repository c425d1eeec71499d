//! The small question mark and what it opens: two sentences, the range, a formula, a source.

use crate::app::live::live;
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::texts::{Formula, Text};
use crate::app::{
    icons::Icon,
    later::{Part, Waiting},
};

const WIDTH: f64 = 320.0;
/// Space that the help wants below its button; with less it opens upwards.
const ROOM: f64 = 260.0;

/// What a help says.
#[derive(Clone)]
pub struct Explained {
    title: String,
    help: String,
    facts: String,
    formula: &'static str,
    source: &'static str,
}

/// A question mark that opens an explanation.
#[component]
pub fn HelpTip(
    /// What is explained.
    #[prop(into)]
    title: String,
    /// Id of the popover, unique on the page.
    id: String,
    /// Two sentences, or their name.
    #[prop(into)]
    help: String,
    /// Range, default and unit, where it is about a setting.
    #[prop(optional, into)]
    facts: String,
    /// Name of the formula; empty where there is none.
    #[prop(optional)]
    formula: &'static str,
    /// Where it comes from; empty where that is common knowledge.
    #[prop(optional)]
    source: &'static str,
) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    let (opened, set_opened) = signal(false);
    let place = move |event: leptos::ev::Event| {
        let Some(popover) = event.target().and_then(|t| t.dyn_into::<HtmlElement>().ok()) else { return };
        set_opened.set(true);
        if let Some(button) = button.get_untracked() {
            beside(&popover, &button);
        }
    };
    let label = format!("About {title}");
    let said = Explained { title, help, facts, formula, source };
    view! {
        <button type="button" class="help-button" node_ref=button aria-label=label.clone() prop:title=label popovertarget=id.clone()>
            {Icon::Help.draw()}
        </button>
        <div class="help" popover="auto" id=id on:beforetoggle=place>
            {live(move || opened.get().then(|| view! { <Waiting part=Part::Help(said.clone()) /> }))}
        </div>
    }
}

/// The opened explanation.
#[component]
pub fn Explanation(
    /// What it says.
    said: Explained,
) -> impl IntoView {
    let Explained { title, help, facts, formula, source } = said;
    view! {
        <h3>{title}</h3>
        <p><Text name=help /></p>
        {(!facts.is_empty()).then(|| view! { <p class="help-facts num">{facts}</p> })}
        {(!formula.is_empty()).then(|| view! { <Formula name=formula /> })}
        {(!source.is_empty()).then(|| view! { <p class="help-source"><Text name=source /></p> })}
    }
}

/// Places a help beside its button and inside the window.
pub fn beside(popover: &HtmlElement, button: &HtmlElement) {
    let rect = button.get_bounding_client_rect();
    let size = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|v| v.as_f64()).unwrap_or(0.0);
    let (width, height) = (size(window().inner_width()), size(window().inner_height()));
    let left = (rect.left() - 16.0).clamp(8.0, (width - WIDTH - 8.0).max(8.0));
    let style = popover.style();
    let up = height - rect.bottom() < ROOM && rect.top() > height - rect.bottom();
    let (side, at, other) = if up { ("bottom", height - rect.top() + 6.0, "top") } else { ("top", rect.bottom() + 6.0, "bottom") };
    for (name, value) in [("left", format!("{left}px")), (side, format!("{at}px")), (other, "auto".into())] {
        // A style that cannot be set leaves the help in the middle of the window.
        let _ = style.set_property(name, &value);
    }
}
