//! What both models say of one input: a pair of bars a class.

use crate::app::live::live;
use leptos::prelude::*;

use crate::state::{format, look::digit::top};

/// Probabilities of each class by both models.
#[component]
pub fn ClassBars(
    /// Names of the classes.
    #[prop(into)]
    classes: Signal<Vec<String>>,
    /// By the fp32 model.
    #[prop(into)]
    baseline: Signal<Vec<f32>>,
    /// By the optimized model.
    #[prop(into)]
    optimized: Signal<Vec<f32>>,
) -> impl IntoView {
    let row = move |class: usize, name: String| {
        let share = move |of: Signal<Vec<f32>>| of.with(|v| v.get(class).copied().unwrap_or(0.0).clamp(0.0, 1.0));
        let width = move |of: Signal<Vec<f32>>| format!("{:.1}%", share(of) * 100.0);
        let text = move |of: Signal<Vec<f32>>| of.with(|v| v.get(class).map_or_else(|| "–".into(), |p| format::percent0(f64::from(*p))));
        let best = move |of: Signal<Vec<f32>>| of.with(|v| top(v).is_some_and(|t| t.0 == class));
        view! {
            <tr class:classbar-top=live(move || best(baseline) || best(optimized))>
                <th scope="row">{name}</th>
                <td class="classbar-bars" aria-hidden="true">
                    <span class="bar bar-baseline" style:width=live(move || width(baseline))></span>
                    <span class="bar bar-optimized" style:width=live(move || width(optimized))></span>
                </td>
                <td class="num ink-baseline" class:classbar-best=live(move || best(baseline))>{live(move || text(baseline))}</td>
                <td class="num ink-optimized" class:classbar-best=live(move || best(optimized))>{live(move || text(optimized))}</td>
            </tr>
        }
    };
    view! {
        <table class="classbars">
            <thead class="visually-hidden">
                <tr><th scope="col">"Class"</th><th scope="col">"Bars"</th><th scope="col">"Baseline"</th><th scope="col">"Optimized"</th></tr>
            </thead>
            <tbody>{live(move || classes.get().into_iter().enumerate().map(|(i, name)| row(i, name)).collect_view())}</tbody>
        </table>
    }
}
