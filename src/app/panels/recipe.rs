//! The recipe: its steps, what each of them made of the trained model, and the model that came of all.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use super::recipe_steps::{StepList, recipes};
use crate::{
    app::controls::Stage,
    engine::catalog::Pick,
    experiment::RECIPE,
    protocol::{Form, Stage as Made},
    state::{Cooked, Task, format, recipe_words, step_words, surprise},
};

/// Steps on the left, what they made on the right.
#[component]
pub fn RecipeBench(
    /// The steps as the controls show them.
    #[prop(into)]
    recipe: Signal<Vec<Pick>>,
    /// The recipe that is carried out, or was last.
    #[prop(into)]
    cooked: Signal<Option<Arc<Cooked>>>,
    /// Says what scores are.
    #[prop(into)]
    task: Signal<Task>,
    /// What is wrong with the steps.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// Whether there is a model to begin with.
    #[prop(into)]
    ready: Signal<bool>,
    /// The changed steps.
    on_set: Callback<(Vec<Pick>, Stage)>,
    /// Carries them out.
    on_run: Callback<()>,
    /// Stops that.
    on_stop: Callback<()>,
    /// Asks for the file of what was made.
    on_export: Callback<Form>,
) -> impl IntoView {
    let working = Memo::new(move |_| cooked.with(|c| c.as_ref().and_then(|c| c.working)));
    let busy = Memo::new(move |_| working.with(Option::is_some));
    let at_work = Memo::new(move |_| working.with(|w| w.map_or(0, |w| w.0)));
    let empty = move || recipe.with(Vec::is_empty);
    let run = move || {
        let idle = move || empty() || !ready.get();
        view! {
            <button type="button" class="button button-strong" data-testid="recipe-run" disabled=idle on:click=move |_| on_run.run(())>
                "Run the recipe"
            </button>
        }
    };
    let progress = move || {
        view! {
            <button type="button" class="button" data-testid="recipe-stop" on:click=move |_| on_stop.run(())>"Cancel"</button>
            <progress aria-label="Recipe" max="1" prop:value=move || working.with(|w| w.map_or(0.0, |w| w.1))></progress>
        }
    };
    let said = live(move || match cooked.with(|c| c.as_ref().map(|c| c.is_done())) {
        Some(false) => "The recipe is carried out; training waits.",
        Some(true) => "The recipe is done.",
        None => "",
    });
    let changed =
        Memo::new(move |_| cooked.with(|c| c.as_ref().is_some_and(|c| c.is_done() && recipe.with(|r| *r != c.experiment.recipe))));
    view! {
        <div class="cook" data-testid="recipe">
            <StepList list=&RECIPE name="step" starts=recipes() recipe on_set error at_work />
            <div class="cook-made">
                <div class="panel-head">
                    <p class="muted">"Begins with the trained model as it is now; the model itself stays as it is. Judged on all test samples, timed on this device."</p>
                    <Show when=move || busy.get() fallback=run>{progress()}</Show>
                </div>
                <p class="visually-hidden" role="status">{said}</p>
                <Show
                    when=move || cooked.with(Option::is_some)
                    fallback=|| view! { <p class="muted">"Each step's accuracy, bytes and milliseconds will stand here."</p> }
                >
                    {live(move || changed.get().then(|| view! { <p class="muted">"The steps have changed since; these are the figures of those before."</p> }))}
                    <div class="panel-table" tabindex="0" role="region" aria-label="What each step made">
                        <table class="table" data-testid="recipe-table">
                            <thead>
                                <tr>
                                    <th scope="col">"After"</th>
                                    <th scope="col" class="num">{live(move || task.get().score_name())}</th>
                                    <th scope="col" class="num">"File"</th>
                                    <th scope="col" class="num">"Time"</th>
                                    <th scope="col" class="num" title="Weights and biases that are left">"Left"</th>
                                    <th scope="col" class="num" title="Of the weights that are left">"Zeros"</th>
                                    <th scope="col" class="num">"Took"</th>
                                </tr>
                            </thead>
                            <tbody>{live(move || cooked.get().map(|c| rows(&c, task.get())))}</tbody>
                        </table>
                    </div>
                    {live(move || cooked.get().filter(|c| c.is_done()).and_then(|c| outcome(&c, task.get(), on_export)))}
                </Show>
            </div>
        </div>
    }
}

fn rows(cooked: &Cooked, task: Task) -> impl IntoView + use<> {
    let stages = &cooked.stages;
    let first = stages.first().cloned();
    let row = |(i, stage): (usize, &Made)| {
        let pick = stage.step.checked_sub(1).and_then(|at| cooked.experiment.recipe.get(at));
        let name = pick.map_or_else(|| "Trained, fp32".into(), |pick| format!("{} {}", stage.step, step_words(pick)));
        let before = i.checked_sub(1).and_then(|i| stages.get(i));
        let change = before.map(|b| task.change(b.evaluation.score, stage.evaluation.score));
        let dense = first.as_ref().map_or(0, Made::bytes);
        let smaller = if i == 0 { String::new() } else { format::relative(dense as f64, stage.bytes() as f64) };
        let speed = if i == 0 { String::new() } else { format::speed(stage.baseline.p50, stage.timing.p50) };
        // What was said of the stage before holds on.
        let news = stage.notes.iter().filter(|note| before.is_none_or(|b| !b.notes.contains(note)));
        let said: Vec<String> = before.and_then(|b| surprise(b, stage, task)).into_iter().chain(news.cloned()).collect();
        let mut kernels = stage.kernels.clone();
        kernels.dedup();
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td class="num">{task.score(stage.evaluation.score)} " " <span class="muted">{change}</span></td>
                <td class="num">{format::bytes(stage.bytes())} " " <span class="muted">{smaller}</span></td>
                <td class="num" title=kernels.join(", ")>{format::duration(stage.timing.p50)} " " <span class="muted">{speed}</span></td>
                <td class="num">{format::count(stage.params)}</td>
                <td class="num">{format::percent0(f64::from(stage.sparsity))}</td>
                <td class="num muted">{if i == 0 { String::new() } else { format::duration(stage.took) }}</td>
            </tr>
            {(!said.is_empty()).then(|| view! { <tr class="cook-said"><td colspan="7" class="muted">{said.join(" ")}</td></tr> })}
        }
    };
    stages.iter().enumerate().map(row).collect_view()
}

/// What came of the whole recipe, in a sentence, and its file.
fn outcome(cooked: &Cooked, task: Task, on_export: Callback<Form>) -> Option<impl IntoView + use<>> {
    let (first, last) = (cooked.stages.first()?, cooked.stages.last()?);
    let words = format!(
        "{}: {} of {}, {}, {}.",
        recipe_words(&cooked.experiment.recipe),
        format::bytes(last.bytes()),
        format::bytes(first.bytes()),
        format::speed(last.baseline.p50, last.timing.p50),
        task.change(first.evaluation.score, last.evaluation.score),
    );
    let form = last.best;
    let label = format!("Download, {}", format::bytes(last.bytes()));
    Some(view! {
        <div class="cook-outcome">
            <p data-testid="recipe-outcome">{words}</p>
            <span>
                <button type="button" class="button" data-testid="recipe-download" on:click=move |_| on_export.run(form)>{label}</button>
                " or as "
                <button type="button" class="link" on:click=move |_| on_export.run(Form::Onnx)>"ONNX"</button>
            </span>
        </div>
    })
}
