//! Steps that make features of columns, and what became of them.

use leptos::prelude::*;

use super::feature_sight::FeatureSight;
use crate::{
    app::{
        controls::Stage,
        desk::Desk,
        live::live,
        panels::{Begun, StepList},
        presets,
    },
    engine::catalog::Pick,
    experiment::{Effect, FEATURES},
    state::format,
};

/// Components whose share is drawn.
const DRAWN: usize = 10;

/// Lists of steps to begin with.
fn begun(data: &str) -> Begun {
    let pick = Pick::new;
    if presets::kind_of(data) == "images" {
        // Of the larger ones PCA takes a part of the pixels alone.
        return vec![
            ("16 components", vec![pick("anova").with("k", 256.0), pick("pca").with("k", 16.0)]),
            ("Random projection", vec![pick("random").with("k", 16.0)]),
            ("Pixels that vary", vec![pick("variance").with("t", 0.01)]),
        ];
    }
    if presets::generated(data) {
        return vec![
            ("x², y², x·y", vec![pick("plane"), pick("scale")]),
            ("RBF kernel", vec![pick("scale"), pick("kernel-pca").with("k", 8.0)]),
        ];
    }
    vec![
        ("Two components", vec![pick("pca")]),
        ("Products, ten best", vec![pick("poly"), pick("scale"), pick("anova")]),
        ("Five best", vec![pick("mutual").with("k", 5.0)]),
    ]
}

/// The steps, and the share of the variance that components have. Another list starts a new run.
#[component]
pub(in crate::app) fn FeatureBox() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    let steps = Signal::derive(move || parts.shown.with(|e| e.features.clone()));
    let error = Signal::derive(move || parts.failures.with(|f| f.get(FEATURES.key).cloned()));
    let set = Callback::new(move |(steps, stage): (Vec<Pick>, Stage)| {
        desk.page.update(|p| drop(p.failures.remove(FEATURES.key)));
        desk.edit(Effect::Restart, stage, move |e| e.features.clone_from(&steps));
    });
    let starts = parts.shown.with_untracked(|e| begun(&e.data.key));
    let open = steps.with_untracked(|steps| !steps.is_empty());
    view! {
        <details class="data-card" open=open data-testid="features">
            <summary>"Features"</summary>
            <StepList list=&FEATURES name="feature" starts=starts recipe=steps on_set=set error />
            {live(move || scree(desk))}
            <FeatureSight />
        </details>
    }
}

/// How much of the variance each component has: a bar each, those that are kept told by the number of inputs.
fn scree(desk: Desk) -> Option<impl IntoView> {
    let report = desk.parts.data.get().filter(|report| !report.explained.is_empty())?;
    let bar = |(at, share): (usize, &f32)| {
        let share = f64::from(*share);
        view! {
            <li>
                <meter min="0" max="1" value=share aria-label=format!("Component {}", at + 1)></meter>
                " "
                <span class="num">{format::percent0(share)}</span>
            </li>
        }
    };
    let bars = report.explained.iter().enumerate().take(DRAWN).map(bar).collect_view();
    Some(view! {
        <p class="facts muted">"Share of the variance, component by component"</p>
        <ol class="scree" data-testid="scree">{bars}</ol>
    })
}
