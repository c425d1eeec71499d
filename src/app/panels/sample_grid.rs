//! Test samples with what both models say of them.

use std::sync::Arc;

use crate::app::live::{Show, live};
use leptos::prelude::*;

use super::thumbnail::{Thumbnail, image_shape};
use crate::{
    protocol::{DataReport, Sample},
    state::{
        format,
        look::{digit::top, points::Verdict},
    },
};

/// Test images (or rows of a table) with their true class and the bars of both models. Samples on which the models disagree
/// are marked; a click draws a sample through the network.
#[component]
pub fn SampleGrid(
    /// The samples.
    #[prop(into)]
    samples: Signal<Arc<Vec<Sample>>>,
    /// The data, for names and the shape.
    #[prop(into)]
    data: Signal<Option<Arc<DataReport>>>,
    /// Draws this test sample through the network.
    #[prop(optional)]
    on_watch: Option<Callback<usize>>,
) -> impl IntoView {
    // Cards stand still while predictions move: they are rebuilt only when the number of samples changes.
    let count = Memo::new(move |_| samples.with(|s| s.len()));
    let image = Memo::new(move |_| data.with(|d| d.as_ref().and_then(|d| image_shape(&d.shape))));
    let disagree = Memo::new(move |_| samples.with(|s| s.iter().filter(|s| Verdict::of(s).disagree()).count()));
    let words = move || match (count.get(), disagree.get()) {
        (0, _) => String::new(),
        (n, 0) => format!("Both models say the same of all {n}."),
        (n, d) => format!("The models disagree on {d} of {n}."),
    };
    view! {
        <section class="samples" data-testid="samples" aria-label="Test samples">
            <Show
                when=move || { count.get() > 0 }
                fallback=|| view! { <p class="muted samples-wait">"Test samples come with the first comparison."</p> }
            >
                <p class="samples-words muted" class:samples-apart=live(move || { disagree.get() > 0 })>{live(words)}</p>
                <ul class="samples-grid" class:samples-rows=live(move || image.get().is_none())>
                    {live(move || (0..count.get()).map(|i| view! { <Card i samples data image on_watch /> }).collect_view())}
                </ul>
            </Show>
        </section>
    }
}

/// One sample.
#[component]
fn Card(
    i: usize,
    samples: Signal<Arc<Vec<Sample>>>,
    data: Signal<Option<Arc<DataReport>>>,
    image: Memo<Option<(usize, usize, usize)>>,
    on_watch: Option<Callback<usize>>,
) -> impl IntoView {
    let sample = Memo::new(move |_| samples.with(|s| s.get(i).cloned()));
    let index = Memo::new(move |_| sample.with(|s| s.as_ref().map(|s| s.index)));
    let pixels = Memo::new(move |_| {
        index.track();
        sample.with(|s| s.as_ref().map(|s| Arc::new(s.input.to_vec())).unwrap_or_default())
    });
    let name = move |class: usize| class_name(data, class);
    let actual = Memo::new(move |_| sample.with(|s| s.as_ref().map_or(0, |s| s.actual.max(0.0) as usize)));
    let verdict = Memo::new(move |_| sample.with(|s| s.as_ref().map_or(Verdict::BothRight, Verdict::of)));
    let said = move |of: fn(&Sample) -> &Vec<f32>| sample.with(|s| s.as_ref().and_then(|s| top(of(s))));
    let facts = move || {
        let data = data.get();
        let features = data.as_ref().map(|d| d.features.clone()).unwrap_or_default();
        let value = |(name, v): (&String, &f32)| format!("{name} {}", format::number(f64::from((v * 1e3).round() / 1e3)));
        pixels.with(|p| features.iter().zip(p.iter()).take(4).map(value).collect::<Vec<_>>().join(" · "))
    };
    let picture = move || match image.get() {
        Some(shape) => view! { <Thumbnail pixels=pixels shape=Signal::stored(shape) size=48 /> }.into_any(),
        None => view! { <span class="sample-facts num">{live(facts)}</span> }.into_any(),
    };
    let watch = move || {
        let on_watch = on_watch?;
        let label = live(move || {
            let draw = format!("Draw test sample {} through the network", index.get().unwrap_or(0));
            if image.get().is_none() { format!("{}: {draw}", facts()) } else { draw }
        });
        Some(view! {
            <button type="button" class="sample-watch" aria-label=label on:click=move |_| if let Some(i) = index.get_untracked() { on_watch.run(i) }>
                {picture}
            </button>
        })
    };
    let shown = live(move || watch().map_or_else(|| picture().into_any(), IntoAny::into_any));
    view! {
        <li class="sample" class:sample-apart=live(move || verdict.get().disagree()) class:sample-wrong=live(move || verdict.get() == Verdict::BothWrong)>
            {shown}
            <div class="sample-said">
                <p class="sample-actual">{live(move || name(actual.get()))}<span class="visually-hidden">{live(move || format!(": {}", verdict.get().words()))}</span></p>
                <Guess said=Signal::derive(move || said(|s| &s.baseline)) actual data optimized=false />
                <Guess said=Signal::derive(move || said(|s| &s.optimized)) actual data optimized=true />
            </div>
        </li>
    }
}

/// What one model says: the class it is surest of, and how sure.
#[component]
fn Guess(said: Signal<Option<(usize, f32)>>, actual: Memo<usize>, data: Signal<Option<Arc<DataReport>>>, optimized: bool) -> impl IntoView {
    let wrong = move || said.get().is_some_and(|s| s.0 != actual.get());
    let width = live(move || format!("{:.0}%", said.get().map_or(0.0, |s| s.1.clamp(0.0, 1.0)) * 100.0));
    let text = move || said.get().map_or_else(|| "–".into(), |(class, _)| class_name(data, class));
    let sure = move || said.get().map_or_else(String::new, |(_, p)| format::percent0(f64::from(p)));
    let who = if optimized { "Optimized: " } else { "Baseline: " };
    view! {
        <p class="guess" class:guess-wrong=wrong title=live(move || format!("{who}{} {}", text(), sure()))>
            <span class="visually-hidden">{who}</span>
            <span class="guess-track">
                <span class="guess-bar" class:bar-optimized=optimized class:bar-baseline=!optimized style:width=width></span>
            </span>
            <span class="guess-name">{text}</span>
            <span class="visually-hidden">{live(move || format!(" {}{}", sure(), if wrong() { ", wrong" } else { "" }))}</span>
        </p>
    }
}

/// A class by its name, or its number.
pub(super) fn class_name(data: Signal<Option<Arc<DataReport>>>, class: usize) -> String {
    data.with(|d| d.as_ref().and_then(|d| d.classes.get(class).cloned())).unwrap_or_else(|| class.to_string())
}
