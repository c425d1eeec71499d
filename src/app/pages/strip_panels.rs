//! The panels of the strip that wait for their tab: confusion, weights, latency, recipe, everything tried, runs.

use std::sync::Arc;

use crate::app::live::live;
use leptos::prelude::*;

use super::{learner, optimizer_lab::OptimizerLab, outputs::Values, play::Tab, recipe_search::RecipeSearch};
use crate::{
    app::{
        controls::Stage as Moved,
        desk::Desk,
        dialogs::{Dialog, Dialogs},
        later::Place,
        panels::{
            Confusion, LatencyTable, LayerWidths, MadeSwitch, MadeTimesTable, Pareto, PermutationImportance, RecipeBench, RocCurves,
            RunTable, WeightHistogram, WhatBreaks,
        },
    },
    engine::catalog::Pick,
    experiment::{CLIPS, Experiment, INPUT_CLIPS, LayerList, RECIPE, WIDTHS},
    protocol::{Look, Stage},
    state::{Task, same_run},
};

/// What a tab shows; nothing for the curves, which the strip itself draws.
pub(in crate::app) fn draw(tab: Tab) -> AnyView {
    let parts = expect_context::<Desk>().parts;
    let instead = match tab {
        Tab::Weights => {
            Some("Weights against the grid that they are stored on are those of a network. What this learner is made of is drawn above.")
        }
        Tab::Recipe => Some("Recipes train a network on while they make it small. A learner is made small by the settings on the right."),
        _ => None,
    };
    let Some(instead) = instead else { return of_any(tab) };
    live(move || if parts.runs_network.get() { of_any(tab) } else { learner::draw(Place::Nothing(instead)) }).into_any()
}

fn of_any(tab: Tab) -> AnyView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    let fresh = move || Callback::new(move |e: Arc<Experiment>| parts.experiment.with(|now| !same_run(now, &e)));
    match tab {
        Tab::Curves => ().into_any(),
        Tab::Confusion => view! {
            <Judged />
            <Shuffled />
        }
        .into_any(),
        Tab::Weights => {
            let inspect = Callback::new(move |what| desk.inspect(what));
            let (sense, set) = (
                Callback::new(move |()| desk.sense()),
                Callback::new(move |widths: Vec<u32>| {
                    desk.set_layers(&WIDTHS, &widths.iter().map(|bits| f64::from(*bits)).collect::<Vec<_>>(), Moved::Done)
                }),
            );
            let error = Signal::derive(move || parts.failures.with(|f| f.get(WIDTHS.key).cloned()));
            let clip_error = Signal::derive(move || parts.failures.with(|f| f.get(CLIPS.key).or_else(|| f.get(INPUT_CLIPS.key)).cloned()));
            let clip =
                Callback::new(move |(list, shares, stage): (&'static LayerList, Vec<f64>, Moved)| desk.set_layers(list, &shares, stage));
            view! {
                <WeightHistogram
                    histogram=parts.weights
                    model=parts.model
                    compared=parts.compared
                    experiment=parts.shown
                    error=clip_error
                    engine=parts.engine
                    on_inspect=inspect
                    on_clip=clip
                />
                <LayerWidths sensing=parts.sensing model=parts.model experiment=parts.shown task=parts.task error on_sense=sense on_set=set />
            }
            .into_any()
        }
        Tab::Latency => {
            let measure = Callback::new(move |()| desk.measure());
            let latency = Signal::derive(move || parts.latency.get().or_else(|| parts.compared.get().map(|c| Arc::new(c.latency.clone()))));
            let dialogs = expect_context::<Dialogs>();
            let benchmark = Callback::new(move |()| dialogs.show(Dialog::Benchmark));
            let (of_recipe, done) = made(desk);
            let measure_made = Callback::new(move |()| desk.look(Look::Times));
            let table = live(move || {
                if of_recipe.get() && done.get() {
                    let times = Signal::derive(move || parts.cooked.with(|c| c.as_ref().and_then(|c| c.times.clone())));
                    return view! { <MadeTimesTable times on_measure=measure_made /> }.into_any();
                }
                view! {
                    <LatencyTable latency model=parts.model compared=parts.compared on_measure=measure measuring=parts.measuring on_benchmark=benchmark />
                }
                .into_any()
            });
            view! {
                <MadeSwitch done of_recipe />
                {table}
            }
            .into_any()
        }
        Tab::Recipe => {
            let recipe = Signal::derive(move || parts.shown.with(|e| e.recipe.clone()));
            let error = Signal::derive(move || parts.failures.with(|f| f.get(RECIPE.key).cloned()));
            let ready = Signal::derive(move || parts.compared.with(Option::is_some));
            let set = Callback::new(move |(steps, stage): (Vec<Pick>, Moved)| desk.edit_recipe(stage, &steps));
            let (run, stop) = (Callback::new(move |()| desk.cook()), Callback::new(move |()| desk.stop_recipe()));
            let export = Callback::new(move |form| desk.export_recipe(form));
            view! {
                <RecipeSearch />
                <RecipeBench recipe cooked=parts.cooked task=parts.task error ready on_set=set on_run=run on_stop=stop on_export=export />
            }
            .into_any()
        }
        Tab::Pareto => {
            let open = Callback::new(move |e: Arc<Experiment>| desk.open_experiment(Experiment::clone(&e), "Opened from the chart"));
            view! { <Pareto tried=parts.tried here=parts.experiment task=parts.task on_open=open fresh=fresh() /> }.into_any()
        }
        Tab::Lab => view! { <OptimizerLab /> }.into_any(),
        Tab::Runs => {
            let open = Callback::new(move |id: u32| {
                let experiment = parts.runs.with_untracked(|runs| runs.iter().find(|r| r.id == id).map(|r| r.experiment.clone()));
                if let Some(experiment) = experiment {
                    desk.open_experiment(Experiment::clone(&experiment), "Opened from the runs");
                }
            });
            let pin = Callback::new(move |(id, pinned)| desk.pin(id, pinned));
            let remove = Callback::new(move |id| desk.remove_run(id));
            view! { <RunTable runs=parts.runs on_open=open on_pin=pin on_remove=remove fresh=fresh() /> }.into_any()
        }
    }
}

/// Whether a panel is about what a recipe made, and whether a recipe made something.
fn made(desk: Desk) -> (RwSignal<bool>, Memo<bool>) {
    (RwSignal::new(false), Memo::new(move |_| desk.parts.cooked.with(|c| c.as_ref().is_some_and(|c| c.is_done()))))
}

/// What each column of a table is to both models.
#[component]
fn Shuffled() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    let ready = Signal::derive(move || parts.compared.with(Option::is_some));
    let ask = Callback::new(move |wanted| desk.importance(wanted));
    view! { <PermutationImportance news=parts.importance data=parts.data task=parts.task ready on_ask=ask /> }
}

/// Right and wrong: the confusion matrix, or predicted against true values.
#[component]
fn Judged() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    let (of_recipe, done) = made(desk);
    live(move || match parts.task.get() {
        Task::Classification if of_recipe.get() && done.get() => {
            let stage = move |at: fn(&[Stage]) -> Option<&Stage>| {
                parts.cooked.with(|c| c.as_ref().and_then(|c| at(&c.stages).map(|s| Arc::new(s.evaluation.clone()))))
            };
            let (baseline, optimized) = (Signal::derive(move || stage(<[Stage]>::first)), Signal::derive(move || stage(<[Stage]>::last)));
            let ask = Callback::new(move |(actual, predicted, optimized)| desk.look(Look::Cell { actual, predicted, optimized }));
            let look = Callback::new(move |()| desk.look(Look::Contrast));
            let cell = Signal::derive(move || parts.cooked.with(|c| c.as_ref().and_then(|c| c.cell.clone())));
            let contrast = Signal::derive(move || parts.cooked.with(|c| c.as_ref().and_then(|c| c.contrast.clone())));
            let roc = Signal::derive(move || parts.cooked.with(|c| c.as_ref().and_then(|c| c.roc.clone())));
            let draw = Callback::new(move |()| desk.look(Look::Roc));
            // It stands still, whatever trains meanwhile: one look is enough.
            let ready = Memo::new(move |_| contrast.with(Option::is_none));
            let undrawn = Memo::new(move |_| roc.with(Option::is_none));
            view! {
                <MadeSwitch done of_recipe />
                <Confusion baseline optimized data=parts.data on_cell=ask cell />
                <RocCurves roc ready=undrawn playing=false data=parts.data on_look=draw />
                <WhatBreaks contrast ready playing=false data=parts.data on_look=look />
            }
            .into_any()
        }
        Task::Classification => {
            let baseline = Signal::derive(move || parts.compared.get().map(|c| Arc::new(c.baseline.clone())));
            let optimized = Signal::derive(move || parts.compared.get().map(|c| Arc::new(c.optimized.clone())));
            let ask = Callback::new(move |(actual, predicted, optimized)| desk.cell(actual, predicted, optimized));
            let look = Callback::new(move |()| desk.contrast());
            let draw = Callback::new(move |()| desk.roc());
            // Each comparison is looked at anew.
            let ready = Signal::derive(move || parts.compared.with(Option::is_some));
            view! {
                <MadeSwitch done of_recipe />
                <Confusion baseline optimized data=parts.data on_cell=ask cell=parts.cell />
                <RocCurves roc=parts.roc ready playing=parts.playing data=parts.data on_look=draw />
                <WhatBreaks contrast=parts.contrast ready playing=parts.playing data=parts.data on_look=look />
            }
            .into_any()
        }
        Task::Regression => view! { <Values /> }.into_any(),
    })
}
