//! What compression breaks: whose answers changed, and how well both models know what they know.

use std::sync::Arc;

use crate::app::live::live;
use leptos::prelude::*;

use super::{
    sample_grid::class_name,
    thumbnail::{Thumbnail, image_shape},
};
use crate::{
    protocol::{Calibration, Contrast, DataReport, Group, Sample},
    state::{
        format,
        look::{
            contrast::{Row, calibration_words, group_words, rows, words},
            digit::top,
        },
    },
};

/// Changed answers by class, the samples, and the reliability of both models.
#[component]
pub fn WhatBreaks(
    /// What was found, and at which step.
    #[prop(into)]
    contrast: Signal<Option<Arc<(u64, Contrast)>>>,
    /// Whether there are two models to hold against each other; said anew when they are others.
    #[prop(into)]
    ready: Signal<bool>,
    /// Whether training goes on: then a look costs it time, and is taken when asked for.
    #[prop(into)]
    playing: Signal<bool>,
    /// The data, for names and the shape of samples.
    #[prop(into)]
    data: Signal<Option<Arc<DataReport>>>,
    /// Asks for a look.
    on_look: Callback<()>,
) -> impl IntoView {
    Effect::new(move |_| {
        if ready.get() && !playing.get() {
            on_look.run(());
        }
    });
    let head = live(move || match contrast.get() {
        Some(found) => format!("Step {}: {}", format::count(found.0), words(&found.1)),
        None => "Which answers does the optimized model change?".into(),
    });
    let body = live(move || {
        let found = contrast.get()?;
        let classes = data.with(|d| d.as_ref().map(|d| d.classes.clone()).unwrap_or_default());
        let (table, groups, samples) = (rows(&found.1, &classes), found.1.groups.clone(), found.1.changed.clone());
        Some(view! {
            <div class="breaks-sides">
                {(!table.is_empty()).then(|| by_class(table))}
                {(!groups.is_empty()).then(|| by_group(groups))}
                <ul class="confusion-samples">{samples.into_iter().map(|s| changed(s, data)).collect_view()}</ul>
                <div class="breaks-reliability">
                    {reliability("Baseline", "bar bar-baseline", &found.1.baseline)}
                    {reliability("Optimized", "bar bar-optimized", &found.1.optimized)}
                </div>
            </div>
        })
    });
    view! {
        <section class="breaks" data-testid="breaks" aria-label="What compression breaks">
            <div class="panel-head">
                <p role="status">{head}</p>
                <button
                    type="button"
                    class="quiet"
                    disabled=live(move || !ready.get())
                    on:click=move |_| on_look.run(())
                >
                    "Compare answers"
                </button>
            </div>
            {body}
        </section>
    }
}

fn by_class(table: Vec<Row>) -> impl IntoView {
    let row = |row: Row| {
        view! {
            <tr>
                <th scope="row">{row.class}</th>
                <td class="num">{row.lost}</td>
                <td class="num">{row.gained}</td>
                <td class="num">{row.other}</td>
            </tr>
        }
    };
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">"Class"</th>
                    <th scope="col" class="num" title="Right before, wrong now">"Lost"</th>
                    <th scope="col" class="num" title="Wrong before, right now">"Gained"</th>
                    <th scope="col" class="num" title="Wrong before and now, in another way">"Other"</th>
                </tr>
            </thead>
            <tbody>{table.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}

/// Halves of the test samples that lost more than their other half.
fn by_group(groups: Vec<Group>) -> impl IntoView {
    let row = |group: Group| {
        view! {
            <tr>
                <th scope="row">{group.name.clone()}</th>
                <td class="num">{format::count(u64::from(group.samples))}</td>
                <td class="num">{format::count(u64::from(group.changed))}</td>
                <td class="num">{group_words(&group)}</td>
            </tr>
        }
    };
    view! {
        <table class="table" data-testid="breaks-groups">
            <caption class="muted">"Of each feature the half that lost more, the widest gap first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Group"</th>
                    <th scope="col" class="num">"Samples"</th>
                    <th scope="col" class="num">"Changed"</th>
                    <th scope="col" class="num">"Accuracy"</th>
                </tr>
            </thead>
            <tbody>{groups.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}

/// A sample whose answer changed, with its three classes.
fn changed(sample: Sample, data: Signal<Option<Arc<DataReport>>>) -> impl IntoView {
    let said = |p: &[f32]| {
        top(p).map_or_else(|| "–".into(), |(class, sure)| format!("{} ({})", class_name(data, class), format::percent0(f64::from(sure))))
    };
    let actual = class_name(data, sample.actual.max(0.0) as usize);
    let words = format!("Test sample {}, {actual}: {} → {}", sample.index, said(&sample.baseline), said(&sample.optimized));
    let shape = data.with_untracked(|d| d.as_ref().and_then(|d| image_shape(&d.shape)));
    let spoken = words.clone();
    let picture = match shape {
        Some(shape) => {
            view! { <Thumbnail pixels=Signal::stored(Arc::new(sample.input.to_vec())) shape=Signal::stored(shape) size=40 /> }.into_any()
        }
        None => view! { <span class="sample-facts">{words.clone()}</span> }.into_any(),
    };
    view! { <li title=words>{picture}<span class="visually-hidden">{spoken}</span></li> }
}

/// A reliability diagram as rows: how sure, how right, how many.
fn reliability(name: &'static str, bar: &'static str, calibration: &Calibration) -> impl IntoView + use<> {
    let bins = calibration.bins.iter().filter(|b| b.samples > 0).map(|bin| {
        let (sure, right) = (f64::from(bin.confidence), f64::from(bin.right));
        let said = format!(
            "{} sure, {} right, {} samples",
            format::percent0(sure),
            format::percent0(right),
            format::count(u64::from(bin.samples))
        );
        view! {
            <tr title=said>
                <th scope="row" class="num">{format::percent0(sure)}</th>
                <td class="breaks-track"><span class=bar style:width=format!("{:.1}%", right * 100.0)></span></td>
                <td class="num">{format::percent0(right)}</td>
                <td class="num muted">{format::count(u64::from(bin.samples))}</td>
            </tr>
        }
    });
    view! {
        <table class="table">
            <caption class="muted">{name} " · " {calibration_words(calibration)}</caption>
            <thead>
                <tr>
                    <th scope="col" class="num">"Sure"</th>
                    <td></td>
                    <th scope="col" class="num">"Right"</th>
                    <th scope="col" class="num">"Samples"</th>
                </tr>
            </thead>
            <tbody>{bins.collect_view()}</tbody>
        </table>
    }
}
