//! One control for any parameter, drawn from its spec.

use crate::app::live::live;
use leptos::prelude::*;

use super::{HelpTip, Segmented, Stage, dom_id, number::NumberBox};
use crate::{
    app::icons::Icon,
    engine::{
        catalog::Info,
        params::{ParamSpec, Scale, Word},
    },
    state::{Reading, slider},
};

/// Formula and source of the entry that a setting belongs to.
#[derive(Clone, Copy, Default)]
pub struct Within {
    formula: &'static str,
    source: &'static str,
}

impl From<&Info> for Within {
    fn from(info: &Info) -> Self {
        Self { formula: info.formula, source: info.source }
    }
}

/// Words up to which a choice is drawn as buttons side by side.
const SEGMENTS: usize = 4;
/// Letters that they have at most, all together.
const SIGNS: usize = 36;

/// A parameter with label, help, slider (or words), number box, reset and its error.
#[component]
pub fn ParamControl(
    /// What it is.
    spec: ParamSpec,
    /// Link key; the test id is `control-` with it.
    #[prop(into)]
    name: String,
    /// The value.
    #[prop(into)]
    value: Signal<f64>,
    /// A new value, checked.
    on_set: Callback<(f64, Stage)>,
    /// What the worker or the link found wrong.
    #[prop(into, optional)]
    error: Signal<Option<String>>,
    /// Shown as percent.
    #[prop(optional)]
    percent: bool,
    /// Larger, for the few that matter most.
    #[prop(optional)]
    large: bool,
    /// Words side by side however many they are.
    #[prop(optional)]
    segmented: bool,
    /// Another label than the spec's.
    #[prop(optional, into)]
    label: Option<String>,
    /// The entry that it is a setting of: the formula and the source around it.
    #[prop(optional)]
    of: Within,
) -> impl IntoView {
    let reading = Reading { spec, percent };
    let id = dom_id(&name);
    let (label_id, error_id) = (format!("{id}-label"), format!("{id}-error"));
    let label = label.unwrap_or_else(|| spec.label.to_string());
    let typed_error = RwSignal::new(None::<String>);
    let done = Callback::new(move |new: f64| on_set.run((new, Stage::Done)));
    let is_default = move || value.get() == spec.default;
    let back = Callback::new(move |()| {
        typed_error.set(None);
        done.run(spec.default);
    });
    let reset = view! { <Reset what=label.clone() to=reading.spoken(spec.default) idle=Signal::derive(is_default) on_reset=back /> };
    // The formula in which the setting's symbol stands, where it has none of its own.
    let within = |own: &'static str, around: &'static str| if own.is_empty() { around } else { own };
    let (formula, source) = (within(spec.formula, of.formula), within(spec.source, of.source));
    let help = view! { <HelpTip title=label.clone() id=format!("{id}-help") help=spec.help facts=reading.facts() formula source /> };
    let head_label = match spec.scale {
        Scale::Choice(words) if segmented || side_by_side(words) => {
            view! { <span class="control-label" id=label_id.clone()>{label.clone()}</span> }.into_any()
        }
        _ => view! { <label class="control-label" id=label_id.clone() for=id.clone()>{label.clone()}</label> }.into_any(),
    };
    let (entry, body) = match spec.scale {
        Scale::Choice(words) if segmented || side_by_side(words) => {
            (().into_any(), view! { <Segmented name=name.clone() words value on_set=done labelled_by=label_id /> }.into_any())
        }
        Scale::Choice(words) => {
            let options = words.iter().enumerate().map(|(i, word)| {
                view! { <option value=i.to_string() prop:selected=live(move || value.get() as usize == i)>{word.label}</option> }
            });
            let select = view! {
                <select id=id.clone() on:change:target=move |e| done.run(e.target().value().parse().unwrap_or(spec.default))>
                    {options.collect_view()}
                </select>
            };
            (().into_any(), select.into_any())
        }
        _ => {
            let number = view! { <NumberBox reading id=id.clone() value on_set=done typed_error error_id=error_id.clone() /> };
            (number.into_any(), view! { <Slider reading label=label.clone() value on_set /> }.into_any())
        }
    };
    view! {
        <div class="control" class:control-large=large data-testid=format!("control-{name}")>
            <div class="control-head">{head_label} {help} <span class="spring"></span> {reset} {entry}</div>
            {body}
            <p class="control-error" id=error_id role="status">{live(move || typed_error.get().or_else(|| error.get()))}</p>
        </div>
    }
}

/// A button that brings the default back; out of sight where it is there already.
#[component]
pub(super) fn Reset(
    /// What is reset.
    what: String,
    /// To what.
    to: String,
    /// Whether there is nothing to do.
    idle: Signal<bool>,
    /// Asked to.
    on_reset: Callback<()>,
) -> impl IntoView {
    let label = format!("Reset {what} to {to}");
    view! {
        <button type="button" class="reset" aria-label=label.clone() prop:title=label disabled=idle on:click=move |_| on_reset.run(())>
            {Icon::Reset.draw()}
        </button>
    }
}

/// A slider over the stops of a spec.
#[component]
fn Slider(
    /// How values are spoken.
    reading: Reading,
    /// Name for screen readers.
    label: String,
    /// The value.
    value: Signal<f64>,
    /// A new value.
    on_set: Callback<(f64, Stage)>,
) -> impl IntoView {
    let stops = StoredValue::new(slider::stops(&reading.spec));
    let last = stops.with_value(|s| s.len() - 1);
    let at = Memo::new(move |_| stops.with_value(|s| slider::nearest(&reading.spec, s, value.get())));
    let set = move |text: String, stage| {
        let stop = text.parse().ok().and_then(|i: usize| stops.with_value(|s| s.get(i).copied()));
        if let Some(stop) = stop {
            on_set.run((stop, stage));
        }
    };
    view! {
        <input
            type="range"
            class="slider"
            min="0"
            max=last.to_string()
            step="1"
            aria-label=label
            aria-valuetext=live(move || reading.spoken(value.get()))
            style=("--at", move || format!("{:.4}", at.get() as f64 / last.max(1) as f64))
            prop:value=live(move || at.get().to_string())
            on:input:target=move |event| set(event.target().value(), Stage::Moving)
            on:change:target=move |event| set(event.target().value(), Stage::Done)
        />
    }
}

/// Whether so many words of such lengths have room side by side.
fn side_by_side(words: &[Word]) -> bool {
    words.len() <= SEGMENTS && words.iter().map(|word| word.label.chars().count()).sum::<usize>() <= SIGNS
}
