//! Time, work or memory of each layer, as bars below the columns of the drawing.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    app::storage,
    protocol::{LatencyReport, ModelReport, NetworkView},
    state::{
        Compared,
        look::{
            network::Layout,
            profile::{Bar, Bars, QUANTITIES, Quantity, bars, layers},
        },
    },
};

/// What the bars show, kept on this device; `None` for no bars.
#[derive(Clone, Copy)]
pub struct Profile(RwSignal<Option<Quantity>>);

/// Room that the bars take below the drawing, CSS pixels.
pub const ROOM: f64 = 56.0;

const PREFERENCE: &str = "profile";

impl Profile {
    /// As it was chosen last.
    pub fn kept() -> Self {
        let kept = storage::preference(PREFERENCE);
        Self(RwSignal::new(quantity(kept.as_deref().unwrap_or_default())))
    }

    /// Whether there are bars.
    pub fn on(self) -> bool {
        self.0.with(Option::is_some)
    }

    fn choose(self, key: &str) {
        self.0.set(quantity(key));
        storage::prefer(PREFERENCE, key);
    }
}

fn quantity(key: &str) -> Option<Quantity> {
    QUANTITIES.iter().find(|(_, k, _)| *k == key).map(|(quantity, ..)| *quantity)
}

/// Chooses what the bars show.
#[component]
pub fn ProfileChoice(
    /// The choice.
    profile: Profile,
) -> impl IntoView {
    let option = move |(this, key, label): (Quantity, &'static str, &'static str)| {
        view! { <option value=key prop:selected=move || profile.0.get() == Some(this)>{label}</option> }
    };
    view! {
        <label class="net-profile-choice">
            <span>"Per layer"</span>
            <select data-testid="profile" on:change:target=move |e| profile.choose(&e.target().value())>
                <option value="off" prop:selected=move || !profile.on()>"Off"</option>
                {QUANTITIES.into_iter().map(option).collect_view()}
            </select>
        </label>
    }
}

/// The bars. What has to come first is said in their place, and a measurement offered.
#[component]
pub fn ProfileBars(
    /// What they show.
    profile: Profile,
    /// The network, for its columns.
    view: Signal<Option<Arc<NetworkView>>>,
    /// Its layers.
    model: Signal<Option<Arc<ModelReport>>>,
    /// The last comparison, for memory and the optimized model's work.
    compared: Signal<Option<Arc<Compared>>>,
    /// The last full measurement.
    latency: Signal<Option<Arc<LatencyReport>>>,
    /// Asks for one.
    on_measure: Callback<()>,
    /// Whether it is under way.
    measuring: Signal<bool>,
    /// Where everything is.
    layout: Memo<Layout>,
) -> impl IntoView {
    let found = Memo::new(move |_| {
        let (quantity, view, model) = (profile.0.get()?, view.get()?, model.get()?);
        let (latency, compared) = (latency.get().unwrap_or_default(), compared.get());
        Some((quantity, bars(quantity, &view.columns, &layers(&latency, &model, compared.as_ref().map(|c| &c.report)))))
    });
    let title = |quantity| QUANTITIES.iter().find(|(q, ..)| *q == quantity).map_or("", |(.., label)| *label);
    let drawn = move |quantity, list: Vec<Bars>| {
        let label = format!("{} per layer, one sample", title(quantity));
        let item = move |bars: Bars| {
            let middle = layout.with(|l| l.columns.get(bars.column).map_or(0.0, |p| p.left + p.size / 2.0));
            let Bars { name, baseline, optimized, .. } = bars;
            let words = match &optimized {
                Some(optimized) => format!("{name}: baseline {}, optimized {}", baseline.text, optimized.text),
                None => format!("{name}: {} in both models", baseline.text),
            };
            let both = optimized.is_none();
            let title = words.clone();
            view! {
                <li style:left=format!("{middle:.1}px") title=title>
                    <span class="visually-hidden">{words}</span>
                    {bar(baseline, if both { "both" } else { "baseline" })}
                    {optimized.map(|o| bar(o, "optimized"))}
                </li>
            }
        };
        view! { <ul class="net-profile" aria-label=label data-testid="profile-bars">{list.into_iter().map(item).collect_view()}</ul> }
            .into_any()
    };
    let missing = move |quantity, what: &'static str| {
        let offer = (quantity == Quantity::Time).then(|| {
            let label = move || if measuring.get() { "Measuring…" } else { "Measure now" };
            view! {
                " "
                <button type="button" class="link" data-testid="profile-measure" disabled=move || measuring.get() on:click=move |_| on_measure.run(())>
                    {label}
                </button>
            }
        });
        view! { <p class="net-profile-wait muted" data-testid="profile-wait">{what} {offer}</p> }.into_any()
    };
    move || {
        found.get().map(|(quantity, result)| match result {
            Ok(list) => drawn(quantity, list),
            Err(what) => missing(quantity, what),
        })
    }
}

fn bar(bar: Bar, model: &'static str) -> impl IntoView {
    view! {
        <span class=format!("net-profile-bar net-profile-{model}") aria-hidden="true">
            <span style:width=format!("{:.1}%", 100.0 * bar.share)></span>
        </span>
        <span class=format!("net-profile-text num net-profile-{model}") aria-hidden="true">{bar.text}</span>
    }
}
