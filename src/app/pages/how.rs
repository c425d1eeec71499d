//! How the model is made small: every setting beyond the two that come first, in groups.

use leptos::prelude::*;

use super::recipe::{ExperimentNumber, ExperimentPick};
use crate::{
    app::{desk::Desk, live::live},
    engine::pruning::During,
    experiment::{Compress, FIELDS, PICKS},
};

/// Groups with the link keys of what they hold, in the order of the page.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Pruning", &["pruner", "criterion", "during", "prunefrom", "pruneto"]),
    ("Weights", &["format", "scale", "zero", "range", "round", "equalize", "biasfix"]),
    ("Activations", &["act", "calib", "samples"]),
    ("Training", &["qat", "qatfrom"]),
];

/// Link keys of what stands elsewhere: above the groups, and beside what it does.
const ELSEWHERE: &[&str] = &["prune", "bits", "exit"];

/// The groups; a setting that none of them names stands behind them.
#[component]
pub fn How() -> impl IntoView {
    let named = |key: &str| ELSEWHERE.contains(&key) || GROUPS.iter().any(|(_, keys)| keys.contains(&key));
    let keys = || {
        PICKS
            .iter()
            .filter(|p| p.section == "compress")
            .map(|p| p.key)
            .chain(FIELDS.iter().filter(|f| f.section == "compress").map(|f| f.spec.key))
    };
    let others: Vec<&str> = keys().filter(|key| !named(key)).collect();
    let controls = |keys: &[&'static str]| keys.iter().map(|key| control(key)).collect_view();
    let group = |(title, keys): (&'static str, &[&'static str])| {
        view! {
            <h4 class="how-group">{title}</h4>
            {controls(keys)}
        }
    };
    view! {
        {GROUPS.map(group).collect_view()}
        {controls(&others)}
    }
}

/// Whether a setting does anything beside the others.
fn matters(key: &str, compress: &Compress) -> bool {
    match key {
        "prunefrom" | "pruneto" => matches!(compress.schedule(1.0).during, During::Gradual { .. }),
        "qatfrom" => compress.qat != 0,
        "calib" => compress.activation_width() < 32,
        _ => true,
    }
}

/// The control of a setting, while it does anything.
fn control(key: &'static str) -> AnyView {
    let shown = expect_context::<Desk>().parts.shown;
    let there = Memo::new(move |_| shown.with(|e| matters(key, &e.compress)));
    live(move || there.get().then(|| drawn(key))).into_any()
}

fn drawn(key: &str) -> AnyView {
    if let Some(field) = PICKS.iter().find(|p| p.key == key) {
        return view! { <ExperimentPick field /> }.into_any();
    }
    FIELDS.iter().find(|f| f.spec.key == key).map(|field| view! { <ExperimentNumber field /> }).into_any()
}
