//! A choice from a catalogue, with the chosen entry's parameters below it.

use std::collections::BTreeMap;

use crate::app::live::live;
use leptos::prelude::*;

use super::{
    HelpTip, ParamControl, Stage, dom_id,
    param::{Reset, Within},
};
use crate::engine::catalog::{Info, Listing, Pick};

/// A menu of a catalogue and the parameters of what is chosen.
#[component]
pub fn PickControl(
    /// The catalogue.
    listing: Listing,
    /// Link key; parameters are `name.param`.
    #[prop(into)]
    name: String,
    /// What the page calls it.
    #[prop(into)]
    label: String,
    /// The choice.
    #[prop(into)]
    value: Signal<Pick>,
    /// The choice when nothing is said.
    default: Pick,
    /// A new choice, or a parameter of it.
    on_set: Callback<(Pick, Stage)>,
    /// Errors by link key.
    #[prop(into)]
    errors: Signal<BTreeMap<String, String>>,
) -> impl IntoView {
    let id = dom_id(&name);
    let key = Memo::new(move |_| value.with(|p| p.key.clone()));
    let chosen = move || listing.find(&key.get()).ok().copied();
    let options = listing.entries.iter().map(|entry| {
        let entry_key = entry.key;
        view! { <option value=entry_key prop:selected=live(move || key.get() == entry_key)>{listing.menu_label(entry)}</option> }
    });
    let error = {
        let name = name.clone();
        move || errors.with(|all| all.get(&name).cloned())
    };
    let help_id = format!("{id}-help");
    let default_label = listing.find(&default.key).map_or_else(|_| default.key.clone(), |e| e.label.to_string());
    let facts = format!("one of {} · default {default_label}", listing.entries.len());
    let help = live(move || {
        let (id, mut facts) = (help_id.clone(), facts.clone());
        if listing.is_cpu_only(&key.get()) {
            facts += " · trains on the CPU only";
        }
        chosen().map(|e| view! { <HelpTip title=e.label id help=e.help facts formula=e.formula source=e.source /> })
    });
    // Each setting has a reset of its own.
    let idle = {
        let default = default.key.clone();
        Signal::derive(move || key.with(|k| *k == default))
    };
    let back = Callback::new(move |()| on_set.run((default.clone(), Stage::Done)));
    let reset = view! { <Reset what=label.clone() to=default_label idle on_reset=back /> };
    let params_name = name.clone();
    let params = live(move || {
        let name = params_name.clone();
        chosen().map(|entry| view! { <Params entry name value on_set errors /> })
    });
    let error_id = format!("{id}-error");
    view! {
        <div class="control pick" data-testid=format!("control-{name}")>
            <div class="control-head">
                <label class="control-label" for=id.clone()>{label}</label>
                {help}
                <span class="spring"></span>
                {reset}
                <select
                    id=id
                    aria-describedby=error_id.clone()
                    on:change:target=move |e| on_set.run((Pick::new(&e.target().value()), Stage::Done))
                >
                    {options.collect_view()}
                </select>
            </div>
            <p class="control-error" id=error_id role="status">{error}</p>
            {params}
        </div>
    }
}

/// The parameters of an entry.
#[component]
fn Params(
    /// The entry.
    entry: Info,
    /// Link key of the choice.
    name: String,
    /// The choice.
    value: Signal<Pick>,
    /// A changed parameter.
    on_set: Callback<(Pick, Stage)>,
    /// Errors by link key.
    errors: Signal<BTreeMap<String, String>>,
) -> impl IntoView {
    let control = |spec: &'static crate::engine::params::ParamSpec| {
        let name = format!("{name}.{}", spec.key);
        let error = {
            let name = name.clone();
            Signal::derive(move || errors.with(|all| all.get(&name).or_else(|| all.get(spec.key)).cloned()))
        };
        let current = Signal::derive(move || value.with(|p| p.get(spec)));
        let set = Callback::new(move |(new, stage)| on_set.run((value.get_untracked().with(spec.key, new), stage)));
        view! { <ParamControl spec=*spec name value=current on_set=set error of=Within::from(&entry) /> }
    };
    let controls = entry.params.iter().map(control).collect_view();
    (!entry.params.is_empty()).then(|| view! { <div class="params">{controls}</div> })
}
