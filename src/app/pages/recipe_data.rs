//! Which data: bundled sets and generators in one menu, and the generators' settings.

use std::collections::BTreeMap;

use crate::app::live::live;
use leptos::prelude::*;

use crate::{
    app::{
        controls::{HelpTip, ParamControl},
        desk::Desk,
        dialogs::Dialog,
        later::{Part, Waiting},
        presets,
    },
    engine::{
        catalog::Pick,
        data::{self, table},
        shape::Shape,
    },
    experiment::{Effect, Experiment},
    state::format,
};

/// Link keys of what can be wrong with the data, and has no control of its own here.
const ABOUT_DATA: [&str; 7] = ["data", "points", "file", "columns", "data.predict", "data.task", "data.delimiter"];

/// The data menu. Another data set starts a new run at once: the control says so before, a notice afterwards.
#[component]
pub(super) fn DataControl() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let chosen = Memo::new(move |_| desk.parts.shown.with(|e| e.data.key.clone()));
    let choose = move |key: String| {
        let experiment = desk.page.with_untracked(|p| with_data(p.shown(), &key));
        desk.begin_announced(experiment, &presets::data_name(&key));
    };
    let option = move |key: &'static str, label: &'static str| {
        view! { <option value=key prop:selected=live(move || chosen.with(|c| c == key))>{label}</option> }
    };
    let error = live(move || desk.parts.failures.with(|f| ABOUT_DATA.iter().find_map(|key| f.get(*key).cloned())));
    let facts = live(move || {
        let data = desk.parts.data.get()?;
        let what = if data.classes.is_empty() { format!("predict {}", data.target) } else { format!("{} classes", data.classes.len()) };
        let shape = Shape(data.shape.clone());
        let count = |n: usize| format::count(n as u64);
        let validation = if data.validation > 0 { format!("{} validation · ", count(data.validation)) } else { String::new() };
        Some(format!("{} training · {validation}{} test · {shape} · {what}", count(data.train), count(data.test)))
    });
    let about = live(move || {
        let info = presets::data_info(&chosen.get())?;
        Some(view! { <HelpTip title=info.label id="data-help".into() help=info.help formula=info.formula source=info.source /> })
    });
    view! {
        <div class="control pick" data-testid="control-data">
            <div class="control-head">
                <label class="control-label" for="c-data">"Data set"</label>
                {about}
                <span class="spring"></span>
                <select id="c-data" aria-describedby="c-data-restart c-data-error" on:change:target=move |e| {
                    let key = e.target().value();
                    if key == table::KEY {
                        // Until a table is chosen the data stays what it is.
                        e.target().set_value(&chosen.get_untracked());
                        desk.dialogs.show(Dialog::OwnData);
                    } else {
                        choose(key);
                    }
                }>
                    <optgroup label="Real">
                        {data::FILES.iter().map(|e| option(e.key, e.label)).collect_view()}
                    </optgroup>
                    <optgroup label="Your own">{option(table::KEY, table::INFO.label)} {option(data::painted::KEY, data::painted::INFO.label)}</optgroup>
                    <optgroup label="Made up, two-dimensional">
                        {data::generators::LISTING.entries.iter().map(|e| option(e.key, e.label)).collect_view()}
                    </optgroup>
                </select>
            </div>
            <p class="control-error" id="c-data-error" role="status">{error}</p>
            <p class="facts muted" id="c-data-restart">"Another choice starts a new run."</p>
            <p class="facts muted num">{facts}</p>
            {live(move || chosen.with(|c| c == table::KEY).then(|| view! {
                <button type="button" class="button" data-testid="own-data" on:click=move |_| desk.dialogs.show(Dialog::OwnData)>
                    "Look at the table, or take another"
                </button>
            }))}
            <super::data_card::DataCard chosen />
            <GeneratorParams chosen />
            // Images are what the page begins with: where they have no steps, these wait until there is time.
            {live(move || {
                let plain = desk.parts.shown.with_untracked(|e| e.features.is_empty());
                chosen.with(|c| view! { <Waiting part=Part::Features quiet={plain && presets::kind_of(c) == "images"} /> })
            })}
        </div>
    }
}

/// Settings of the chosen generator; nothing for a bundled set.
#[component]
fn GeneratorParams(chosen: Memo<String>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let errors = desk.parts.failures;
    let control = move |spec: &'static crate::engine::params::ParamSpec| {
        let value = Signal::derive(move || desk.parts.shown.with(|e| e.data.get(spec)));
        let set = Callback::new(move |(new, stage)| {
            desk.edit(Effect::Restart, stage, move |e| {
                e.data.params.insert(spec.key.into(), new);
            });
        });
        let name = format!("data.{}", spec.key);
        let at = name.clone();
        let error = Signal::derive(move || errors.with(|f: &BTreeMap<_, _>| f.get(&at).or_else(|| f.get(spec.key)).cloned()));
        view! { <ParamControl spec=*spec name value on_set=set error /> }
    };
    live(move || {
        let info = presets::data_info(&chosen.get()).filter(|e| !e.params.is_empty())?;
        // How a table is read is said where it is looked at.
        let read = if info.key == table::KEY { table::READING } else { 0 };
        Some(view! { <div class="params">{info.params.iter().skip(read).map(control).collect_view()}</div> })
    })
}

/// `experiment` on other data. Data of another kind (images, tables, points; classes or numbers) brings the model and the loss
/// of its own preset along.
fn with_data(experiment: &Experiment, key: &str) -> Experiment {
    let mut new = experiment.clone();
    (new.data, new.csv, new.points, new.features) = (Pick::new(key), Default::default(), String::new(), Vec::new());
    if presets::kind_of(key) != presets::kind_of(&experiment.data.key)
        && let Some(preset) = presets::for_data(key)
    {
        (new.model, new.loss, new.train) = (preset.model, preset.loss, preset.train);
    }
    new
}
