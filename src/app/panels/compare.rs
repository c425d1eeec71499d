//! The comparison: three numbers before and after, each measured.

use std::sync::Arc;

use crate::app::live::live;
use leptos::prelude::*;

use crate::{
    app::later::{Part, Waiting},
    experiment::Experiment,
    state::{Compared, Task, Tried, format, look::size::form_name},
};

/// Accuracy, bytes and time of the fp32 model and of the optimized one, and the model to take of all that were tried.
#[component]
pub fn CompareCard(
    /// The last comparison; `None` before the first.
    #[prop(into)]
    compared: Signal<Option<Arc<Compared>>>,
    /// Decides between accuracy and R².
    #[prop(into)]
    task: Signal<Task>,
    /// Everything tried.
    #[prop(into)]
    tried: Signal<Arc<Vec<Tried>>>,
    /// The experiment under way.
    here: Memo<Arc<Experiment>>,
    /// Opens an experiment.
    on_open: Callback<Arc<Experiment>>,
    /// Asked for the full measurement of times.
    #[prop(into)]
    on_measure: Callback<()>,
    /// Whether it is under way.
    #[prop(into, optional)]
    measuring: Signal<bool>,
) -> impl IntoView {
    let some = move |f: &dyn Fn(&Compared) -> String| compared.with(|c| c.as_deref().map_or_else(|| "–".into(), f));
    let score = move || {
        let task = task.get();
        Row {
            before: some(&|c| task.score(c.baseline.score)),
            after: some(&|c| task.score(c.optimized.score)),
            change: some(&|c| task.change(c.baseline.score, c.optimized.score)),
            worse: compared.with(|c| c.as_ref().is_some_and(|c| c.baseline.score - c.optimized.score > 0.01)),
        }
    };
    let bytes = move || Row {
        before: some(&|c| format::bytes(c.dense_bytes())),
        after: some(&|c| format::bytes(c.best_bytes())),
        change: some(&|c| format::relative(c.dense_bytes() as f64, c.best_bytes() as f64)),
        worse: compared.with(|c| c.as_ref().is_some_and(|c| c.best_bytes() > c.dense_bytes())),
    };
    let times = move |c: &Compared| Some((c.latency.baseline.first()?.p50, c.latency.optimized.first()?.p50));
    let time = move || Row {
        before: some(&|c| times(c).map_or_else(|| "–".into(), |(b, _)| format::duration(b))),
        after: some(&|c| times(c).map_or_else(|| "–".into(), |(_, o)| format::duration(o))),
        change: some(&|c| times(c).map_or_else(String::new, |(b, o)| format::speed(b, o))),
        worse: compared.with(|c| c.as_deref().and_then(times).is_some_and(|(b, o)| o > b * 1.03)),
    };
    let told = move || {
        compared.with(|c| {
            c.as_deref().map(|c| {
                let errors = match (c.baseline.mae, c.optimized.mae) {
                    (Some(b), Some(o)) => {
                        format!(" · mean error {} → {}", format::number(f64::from(b)), format::number(f64::from(o)))
                    }
                    _ => String::new(),
                };
                let (samples, step) = (format::count(c.optimized.samples as u64), format::count(c.step));
                let form = form_name(c.report.best).to_lowercase();
                format!("{samples} test samples at step {step}, time for one · stored {form}{errors}")
            })
        })
    };
    let score_name = move || task.get().score_name();
    view! {
        <section
            class="compare"
            data-testid="compare"
            aria-label="Baseline against optimized"
            // Of what the numbers are, for tools that time how soon a setting is answered.
            data-step=live(move || compared.with(|c| c.as_ref().map(|c| c.step)))
            data-samples=live(move || compared.with(|c| c.as_ref().map(|c| c.optimized.samples)))
            data-sparsity=live(move || compared.with(|c| c.as_ref().map(|c| c.experiment.compress.sparsity)))
        >
            <table>
                <thead>
                    <tr>
                        <td></td>
                        <th scope="col" class="compare-base">"Baseline"</th>
                        <th scope="col" class="compare-opt">"Optimized"</th>
                        <th scope="col"><span class="visually-hidden">"Change"</span></th>
                    </tr>
                </thead>
                <tbody>
                    <Measure testid="compare-accuracy" name=score_name row=Signal::derive(score) />
                    <Measure testid="compare-bytes" name=|| "Size" row=Signal::derive(bytes) />
                    <Measure testid="compare-ms" name=|| "Time" row=Signal::derive(time) />
                </tbody>
            </table>
            <div class="compare-foot">
                <p class="muted">{live(move || told().unwrap_or_else(|| "The first comparison comes within a second of the first step.".into()))}</p>
                <button
                    type="button"
                    class="quiet"
                    disabled=live(move || measuring.get() || compared.with(Option::is_none))
                    on:click=move |_| on_measure.run(())
                >
                    {live(move || if measuring.get() { "Measuring…" } else { "Measure times" })}
                </button>
            </div>
            <Waiting part=Part::Recommend(tried, here, on_open) quiet=true />
        </section>
    }
}

/// One measured quantity as people read it.
#[derive(Clone, PartialEq)]
struct Row {
    before: String,
    after: String,
    change: String,
    /// Whether the change deserves a warning.
    worse: bool,
}

#[component]
fn Measure(testid: &'static str, name: impl Fn() -> &'static str + Send + Sync + 'static, row: Signal<Row>) -> impl IntoView {
    view! {
        <tr data-testid=testid>
            <th scope="row">{name}</th>
            <td class="num compare-base">{live(move || row.with(|r| r.before.clone()))}</td>
            <td class="num compare-opt">{live(move || row.with(|r| r.after.clone()))}</td>
            <td class="num compare-change" class:compare-worse=live(move || row.with(|r| r.worse))>{live(move || row.with(|r| r.change.clone()))}</td>
        </tr>
    }
}
