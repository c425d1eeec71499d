//! Clipping by hand: up to which share of its largest value the levels of a layer reach.

use std::sync::Arc;

use crate::app::live::live;
use leptos::prelude::*;

use crate::{
    app::controls::Stage,
    engine::compress::CLIP,
    experiment::{CLIPS, Experiment, INPUT_CLIPS, LayerList},
    protocol::Histogram,
    state::{format, look::clip::with_share},
};

/// Which list of the experiment is changed, and what it becomes.
pub type Clip = (&'static LayerList, Vec<f64>, Stage);

/// The list in which the clip of what is shown stands.
fn list(inputs: bool) -> &'static LayerList {
    if inputs { &INPUT_CLIPS } else { &CLIPS }
}

/// The list in which the clip of `histogram` stands, with the share `share` for its layer, 0 for the rule.
pub fn set_clip(histogram: &Histogram, now: &Experiment, share: f64, stage: Stage) -> Clip {
    let list = list(histogram.inputs);
    (list, with_share(&(list.get)(&now.compress), histogram.place, share), stage)
}

/// A slider for the share, and the way back to the rule.
#[component]
pub fn ClipSlider(
    /// What is shown.
    histogram: Signal<Option<Arc<Histogram>>>,
    /// The experiment.
    experiment: Signal<Arc<Experiment>>,
    /// Asks for other clips.
    on_clip: Callback<Clip>,
) -> impl IntoView {
    let of = move |share: Option<f64>| histogram.with(|h| h.as_ref().and_then(|h| share.or_else(|| h.reach.map(f64::from))));
    let set_by_hand = Memo::new(move |_| {
        let place = histogram.with(|h| h.as_ref().map(|h| (h.inputs, h.place)))?;
        let share = experiment.with(|e| (list(place.0).get)(&e.compress).get(place.1).copied());
        share.filter(|share| *share > 0.0)
    });
    let percent = move || of(set_by_hand.get()).map(|share| (share * 100.0).round().min(100.0));
    let said = move || percent().map(|p| format!("{} of the largest", format::percent0(p / 100.0))).unwrap_or_default();
    let set = move |share: f64, stage| {
        let clip = histogram.with_untracked(|h| h.as_ref().map(|h| experiment.with_untracked(|e| set_clip(h, e, share, stage))));
        clip.into_iter().for_each(|clip| on_clip.run(clip));
    };
    let moved = move |text: String, stage| text.parse::<f64>().into_iter().for_each(|percent| set(percent / 100.0, stage));
    view! {
        <div class="weights-clip-set" data-testid="clip">
            <label>
                <span>"Levels reach to"</span>
                <input
                    type="range"
                    min=(CLIP.start() * 100.0).to_string()
                    max=(CLIP.end() * 100.0).to_string()
                    step="1"
                    prop:value=live(move || percent().unwrap_or(100.0).to_string())
                    aria-valuetext=live(said)
                    on:input:target=move |e| moved(e.target().value(), Stage::Moving)
                    on:change:target=move |e| moved(e.target().value(), Stage::Done)
                />
                <output class="num">{live(said)}</output>
            </label>
            <button
                type="button"
                class="quiet"
                disabled=live(move || set_by_hand.get().is_none())
                title="The rule under How decides again"
                on:click=move |_| set(0.0, Stage::Done)
            >
                "By the rule"
            </button>
        </div>
    }
}
