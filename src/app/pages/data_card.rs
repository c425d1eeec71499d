//! The card of the chosen data set: where it comes from, what one may do with it, what is in it, and what to beat.

use crate::app::live::live;
use leptos::prelude::*;

use crate::{
    app::{
        controls::{Formula, Text},
        data_index::{Card, DataIndex},
        desk::Desk,
        later::{Part, Waiting},
        presets,
    },
    engine::data::{painted, table},
    protocol::DataReport,
    state::{Task, format, reached_by, sample_words, score_words},
};

/// A fact of the card: its name, and what there is to say.
type Fact = (&'static str, AnyView);

/// The card, closed until it is asked for.
#[component]
pub(super) fn DataCard(
    /// Key of the data set.
    chosen: Memo<String>,
) -> impl IntoView {
    let opened = RwSignal::new(false);
    view! {
        <details class="data-card" data-testid="data-card" on:toggle:target=move |e| opened.set(e.target().open())>
            <summary>"About this data"</summary>
            {live(move || opened.get().then(|| view! { <Waiting part=Part::DataFacts(chosen) /> }))}
        </details>
    }
}

/// What there is to say of the chosen data set.
#[component]
pub(in crate::app) fn DataFacts(
    /// Key of the data set.
    chosen: Memo<String>,
) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let index = expect_context::<DataIndex>();
    // What the worker reports, where that is the chosen set and not the one before.
    let report = Memo::new(move |_| desk.parts.data.get().filter(|d| d.key == chosen.get()));
    live(move || {
        let key = chosen.get();
        if presets::generated(&key) || key == painted::KEY {
            return list(generated(&key, report.get().as_deref())).into_any();
        }
        if key == table::KEY {
            return list(own(report.get().as_deref())).into_any();
        }
        match index.get() {
            None => view! { <p role="status">"Loading…"</p> }.into_any(),
            Some(Err(error)) => view! { <p role="alert">"The card could not be loaded: " {error}</p> }.into_any(),
            Some(Ok(cards)) => cards.into_iter().find(|c| c.key == key).map(|c| list(bundled(c, report.get().as_deref()))).into_any(),
        }
    })
}

fn list(facts: Vec<Fact>) -> impl IntoView {
    let fact = |(name, said): Fact| view! { <div><dt>{name}</dt><dd>{said}</dd></div> };
    view! { <dl>{facts.into_iter().map(fact).collect_view()}</dl> }
}

/// Of a file: what its card says.
fn bundled(card: Card, report: Option<&DataReport>) -> Vec<Fact> {
    let features = report.map(|r| r.features.clone()).unwrap_or_default();
    let samples = card.n_train + card.n_test;
    let size = format!("{} samples, {}", format::count(samples as u64), format::bytes(card.bytes));
    let split = format!("{} to learn from, {} to test on", format::count(card.n_train as u64), format::count(card.n_test as u64));
    let source = view! { <a href=card.source_url.clone() target="_blank" rel="noreferrer">{card.source_url.clone()}</a> };
    let baselines = card.baselines.iter().map(|b| view! { <li class="num">{b.words()}</li> }).collect_view();
    let reached = reached_by(card.baselines.iter().map(|b| b.model.as_str()));
    vec![
        ("Origin", view! { {card.origin} " " {source} }.into_any()),
        ("Licence", view! { <strong>{card.licence.name}</strong> ". " {card.licence.note} }.into_any()),
        ("Size", size.into_any()),
        ("Split", split.into_any()),
        ("One sample", sample_words(&card.key, report.map_or(&card.shape, |r| &r.shape), &features).into_any()),
        match card.target {
            Some(target) => ("To predict", target.name.into_any()),
            None => ("Classes", card.classes.join(", ").into_any()),
        },
        ("To beat", view! { <ul class="plain">{baselines}</ul> {reached} }.into_any()),
        ("Cite", card.citation.into_any()),
    ]
}

/// Of a table of the reader's own: what became of it.
fn own(report: Option<&DataReport>) -> Vec<Fact> {
    let Some(report) = report else { return Vec::new() };
    let split = format!(
        "{} to learn from, {} to test on, drawn by the seed",
        format::count((report.train + report.validation) as u64),
        format::count(report.test as u64)
    );
    let beat =
        report.baselines.iter().map(|b| view! { <li class="num">{score_words(&b.model, Task::of(report), b.score)}</li> }).collect_view();
    vec![
        ("Origin", format!("{}, a file of your own. It stays on this machine.", report.name).into_any()),
        ("Split", split.into_any()),
        ("One sample", sample_words(&report.key, &report.shape, &report.features).into_any()),
        if report.classes.is_empty() {
            ("To predict", report.target.clone().into_any())
        } else {
            ("Classes", report.classes.join(", ").into_any())
        },
        if report.baselines.is_empty() {
            ("To beat", "the mean, whose R² is about 0".into_any())
        } else {
            ("To beat", view! { <ul class="plain">{beat}</ul> "on these test rows" }.into_any())
        },
    ]
}

/// Of made-up points: how they are made, and what simple methods reach on these very points.
fn generated(key: &str, report: Option<&DataReport>) -> Vec<Fact> {
    let Some(info) = presets::data_info(key) else { return Vec::new() };
    let mut facts = vec![
        if key == painted::KEY {
            ("Origin", view! { "Painted here, and kept in the link. " <Text name=info.source /> }.into_any())
        } else {
            ("Origin", view! { "Made up here, anew for every seed. " <Text name=info.source /> }.into_any())
        },
        ("Licence", "None is needed; they are yours.".into_any()),
        ("One sample", report.map_or_else(|| sample_words(key, &[2], &[]), |r| sample_words(key, &r.shape, &r.features)).into_any()),
    ];
    if !info.formula.is_empty() {
        facts.push(("Rule", view! { <Formula name=info.formula /> }.into_any()));
    }
    if let Some(report) = report {
        let task = Task::of(report);
        let beat = report.baselines.iter().map(|b| view! { <li class="num">{score_words(&b.model, task, b.score)}</li> }).collect_view();
        let split = format!("{} to learn from, {} to test on", format::count(report.train as u64), format::count(report.test as u64));
        facts.push(("Split", split.into_any()));
        facts.push(if report.classes.is_empty() {
            ("To predict", report.target.clone().into_any())
        } else {
            ("Classes", report.classes.join(", ").into_any())
        });
        facts.push(if report.baselines.is_empty() {
            ("To beat", "no baseline for so few points".into_any())
        } else {
            ("To beat", view! { <ul class="plain">{beat}</ul> "fitted to these points, judged on these test points" }.into_any())
        });
    }
    facts
}
