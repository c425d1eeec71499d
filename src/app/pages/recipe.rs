//! The recipe: data, model, loss, optimizer, regularization, each a section drawn from the experiment's tables.

use std::collections::BTreeMap;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use crate::{
    app::{
        controls::{LayerList, ParamControl, PickControl, Stage},
        desk::Desk,
        later::{Part, Place, Waiting},
        presets,
    },
    engine::{catalog::Pick, losses::CUSTOM},
    experiment::{Effect, Experiment, FIELDS, Field, LEARNER, PICKS, PickField, diff},
    state::{builder, format, look::unit_words::by_hand},
};

/// The left column.
#[component]
pub fn Recipe() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let shown = desk.parts.shown;
    let layers = Callback::new(move |(model, stage): (Vec<Pick>, Stage)| desk.edit_model(stage, &model));
    let summary = move |f: fn(&Experiment) -> String| Signal::derive(move || shown.with(|e| f(e)));
    let data_summary = Signal::derive(move || shown.with(|e| presets::data_of(e)));
    view! {
        <section class="column recipe" aria-labelledby="recipe-title">
            <h2 id="recipe-title" class="visually-hidden">"Experiment"</h2>
            {live(move || desk.parts.waiting.get().then(|| view! { <Waiting part=Part::Draft /> }))}
            <Section title="Data" summary=data_summary>
                <super::recipe_data::DataControl />
                // Bundled data sets bring their own test samples.
                <Show when=move || shown.with(|e| !presets::bundled(&e.data.key))>
                    {field("test").map(|field| view! { <ExperimentNumber field /> })}
                </Show>
                <SectionFields section="data" without=&["test"] />
            </Section>
            <Section title="Damage" summary=summary(|e| changed_in("damage", e)) open=false>
                <SectionFields section="damage" />
            </Section>
            <Section title="Model" summary=summary(model_summary)>
                {PICKS.iter().find(|p| p.key == LEARNER).map(|field| view! { <ExperimentPick field /> })}
                <Show when=move || desk.parts.is_network.get() fallback=|| view! { <Waiting part=Part::OfLearner(Place::Recipe) quiet=true /> }>
                    <LayerList
                        model=desk.parts.layers
                        input=desk.parts.input
                        outputs=desk.parts.outputs
                        failure=desk.parts.layer_failure
                        on_set=layers
                    />
                    <SectionFields section="model" without=&[LEARNER] />
                </Show>
            </Section>
            <div class:behind=live(move || !desk.parts.is_network.get())>
                <Section title="Loss" summary=summary(|e| label_of("loss", e)) open=false>
                    <SectionFields section="loss" />
                    // A box has to come; a drawing may.
                    <Show
                        when=move || shown.with(|e| e.loss.key == CUSTOM || e.train.distill > 0.0)
                        fallback=|| view! { <Waiting part=Part::Formula quiet=true /> }
                    >
                        <Waiting part=Part::Formula />
                    </Show>
                </Section>
                <Section title="Optimizer" summary=summary(|e| format!("{} · η {}", label_of("opt", e), format::number(e.train.lr)))>
                    {field("lr").map(|field| view! { <ExperimentNumber field /> })}
                    <SectionFields section="optimizer" without=&["lr"] />
                </Section>
                <Section title="Regularization" summary=summary(|e| changed_in("regularization", e)) open=false>
                    <SectionFields section="regularization" />
                </Section>
            </div>
        </section>
    }
}

/// The number with this link key.
pub(super) fn field(key: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|f| f.spec.key == key)
}

/// A group that opens and closes, with a few words on what it holds.
#[component]
fn Section(
    /// Its name.
    title: &'static str,
    /// What is set, in a few words.
    summary: Signal<String>,
    /// Whether it begins open.
    #[prop(default = true)]
    open: bool,
    /// The controls.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="section" open=open data-testid=format!("section-{}", title.to_lowercase())>
            <summary>
                <h3>{title}</h3>
                <span class="section-summary muted">{summary}</span>
            </summary>
            <div class="section-body">{children()}</div>
        </details>
    }
}

/// Says what waits for a new run, and starts it or takes it back.
#[component]
pub(in crate::app) fn DraftBar() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let what = move || desk.parts.shown.with(|draft| desk.parts.experiment.with(|now| changed(now, draft)));
    // Links pruned by hand belong to the network that goes.
    let loses = move || {
        let gone = desk.parts.hand.with(|hand| if desk.parts.shown.with(|draft| draft.hand.is_empty()) { by_hand(hand) } else { None });
        gone.map(|links| format!(" without what was done to this one ({links})"))
    };
    view! {
        <div class="draft" role="status" data-testid="draft">
            <p>{live(what)} " start a new run" {live(loses)} "."</p>
            <button type="button" class="button button-strong" data-testid="apply" on:click=move |_| desk.apply_draft()>"Apply"</button>
            <button type="button" class="button" data-testid="undo" on:click=move |_| desk.undo_draft()>"Undo"</button>
        </div>
    }
}

/// What differs and needs a new run: "New layers and initialization".
fn changed(now: &Experiment, draft: &Experiment) -> String {
    let restart = diff(now, draft).into_iter().filter(|c| c.effect == Effect::Restart);
    let mut parts: Vec<String> =
        restart.map(|c| if c.key.starts_with("model") { "layers".into() } else { c.label.to_lowercase() }).collect();
    parts.dedup();
    format!("New {}", parts.join(" and "))
}

/// Every pick and number of a section, in the order of the experiment's tables.
#[component]
pub(super) fn SectionFields(
    /// Key of the section.
    section: &'static str,
    /// Link keys that are drawn elsewhere.
    #[prop(optional)]
    without: &'static [&'static str],
) -> impl IntoView {
    let picks = PICKS.iter().filter(move |p| p.section == section && p.key != "data" && !without.contains(&p.key));
    let fields = FIELDS.iter().filter(move |f| f.section == section && !without.contains(&f.spec.key));
    view! {
        {picks.map(|field| view! { <ExperimentPick field /> }).collect_view()}
        {fields.map(|field| view! { <ExperimentNumber field /> }).collect_view()}
    }
}

/// A number of the experiment.
#[component]
pub(super) fn ExperimentNumber(
    /// Which.
    field: &'static Field,
    /// Shown as percent.
    #[prop(optional)]
    percent: bool,
    /// Larger.
    #[prop(optional)]
    large: bool,
    /// Words side by side.
    #[prop(optional)]
    segmented: bool,
) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let key = field.spec.key;
    let value = Signal::derive(move || desk.parts.shown.with(|e| (field.get)(e)));
    let error = Signal::derive(move || desk.parts.failures.with(|f| f.get(key).cloned()));
    let set = Callback::new(move |(new, stage)| {
        desk.page.update(|p| drop(p.failures.remove(key)));
        desk.edit(field.effect, stage, move |e| (field.set)(e, new));
    });
    view! { <ParamControl spec=field.spec name=key value on_set=set error percent large segmented /> }
}

/// A catalogue choice of the experiment.
#[component]
pub(super) fn ExperimentPick(
    /// Which.
    field: &'static PickField,
) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let label = field.label;
    let value = Signal::derive(move || desk.parts.shown.with(|e| (field.get)(e).clone()));
    let set = Callback::new(move |(pick, stage): (Pick, Stage)| {
        desk.page.update(|p| drop(p.failures.remove(field.key)));
        desk.edit(field.effect, stage, move |e| (field.set)(e, pick.clone()));
    });
    let errors: Signal<BTreeMap<String, String>> = desk.parts.failures.into();
    let default = (field.get)(&Experiment::default()).clone();
    view! { <PickControl listing=field.listing name=field.key label value default on_set=set errors /> }
}

fn label_of(key: &str, experiment: &Experiment) -> String {
    let Some(field) = PICKS.iter().find(|p| p.key == key) else { return String::new() };
    let pick = (field.get)(experiment);
    field.listing.find(&pick.key).map_or_else(|_| pick.key.clone(), |e| e.label.to_string())
}

fn model_summary(experiment: &Experiment) -> String {
    if !experiment.is_network() {
        return label_of(LEARNER, experiment);
    }
    let sizes: Vec<_> = experiment.model.iter().filter_map(builder::size).map(format::number).collect();
    if sizes.is_empty() { "linear".into() } else { sizes.join(" → ") }
}

/// What of a section's numbers is not as it is by default.
fn changed_in(section: &str, experiment: &Experiment) -> String {
    let base = Experiment::default();
    let changed: Vec<_> = FIELDS.iter().filter(|f| f.section == section && (f.get)(experiment) != (f.get)(&base)).collect();
    match &changed[..] {
        [] => "none".into(),
        [field] => format!("{} {}", field.spec.label, field.spec.format((field.get)(experiment))),
        many => format!("{} set", many.len()),
    }
}
