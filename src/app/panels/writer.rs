//! A model of text writes: a beginning, how freely, and what comes of it, anew while it trains.

use std::time::Duration;

use crate::app::live::live;
use leptos::{html, prelude::*};

use crate::{
    app::{
        controls::{ParamControl, Segmented, Stage},
        desk::Desk,
    },
    engine::{
        params::Word,
        writing::{MAX_PROMPT, TEMPERATURE},
    },
    state::{Phase, look::writing::Sheet},
};

/// While it trains a new text is asked for this often.
const RENEW: Duration = Duration::from_millis(1500);

const MODELS: &[Word] = &[Word { key: "fp32", label: "Baseline" }, Word { key: "optimized", label: "Optimized" }];

/// What the running model writes.
#[component]
pub fn Writer() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let parts = desk.parts;
    let sheet = RwSignal::new(Sheet::default());
    let section = NodeRef::<html::Section>::new();
    let ask = move |more: bool| {
        if parts.phase.get_untracked() == Phase::Running {
            let number = desk.next_ask();
            if let Some(wish) = sheet.try_update(|s| s.ask(number, more)).flatten() {
                desk.compose(number, wish);
            }
        }
    };
    let in_sight = move || {
        let Some(rect) = section.get_untracked().map(|s| s.get_bounding_client_rect()) else { return false };
        let height = window().inner_height().ok().and_then(|h| h.as_f64()).unwrap_or(0.0);
        !document().hidden() && rect.height() > 0.0 && rect.bottom() > 0.0 && rect.top() < height
    };
    let renew = move || {
        if parts.playing.get_untracked() && in_sight() {
            ask(false);
        }
    };
    // Without a timer it writes when training pauses.
    if let Ok(timer) = set_interval_with_handle(renew, RENEW) {
        on_cleanup(move || timer.clear());
    }
    Effect::new(move |_| {
        if parts.phase.get() == Phase::Running {
            parts.playing.track();
            ask(false);
        } else {
            sheet.update(Sheet::forget);
        }
    });
    // Where training stands still, settings can make another model of the same weights.
    Effect::new(move |_| {
        if parts.compared.get().is_some() && !parts.playing.get_untracked() && sheet.with_untracked(|s| s.optimized) {
            ask(false);
        }
    });
    let written = Memo::new(move |_| desk.page.with(|p| p.written.clone()));
    Effect::new(move |_| {
        if let Some(said) = written.get()
            && sheet.try_update(|s| s.hear(said.0, said.1, said.2.clone())) == Some(true)
        {
            ask(false);
        }
    });
    let refused = Memo::new(move |_| sheet.with(|s| s.refused.clone()));
    let temperature = Callback::new(move |(value, _): (f64, Stage)| {
        sheet.update(|s| s.temperature = value);
        ask(false);
    });
    // Each answer changes the sheet: what is being typed stays for all that.
    let shown = Memo::new(move |_| sheet.with(|s| s.temperature));
    let model = Callback::new(move |place: f64| {
        sheet.update(|s| s.optimized = place > 0.0);
        ask(false);
    });
    let typed = move |text: String| {
        sheet.update(|s| s.prompt = text);
        ask(false);
    };
    view! {
        <section class="writer" data-testid="writer" aria-label="What the model writes" node_ref=section>
            <div class="control" data-testid="control-prompt">
                <label class="control-label" for="c-prompt">"Begins with"</label>
                <input
                    id="c-prompt"
                    class="writer-prompt"
                    type="text"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    maxlength=MAX_PROMPT.to_string()
                    aria-describedby="c-prompt-error"
                    aria-invalid=live(move || refused.with(Option::is_some).then_some("true"))
                    prop:value=live(move || sheet.with(|s| s.prompt.clone()))
                    on:input:target=move |event| typed(event.target().value())
                />
                <p class="control-error" id="c-prompt-error" role="status">{live(move || refused.get())}</p>
            </div>
            <ParamControl
                spec=TEMPERATURE
                name="writing-temperature"
                value=shown
                on_set=temperature
            />
            <div class="writer-text" tabindex="0" role="region" aria-label="Text of the model" data-testid="writer-text">
                <span class="writer-begun">{live(move || sheet.with(|s| s.begun.clone()))}</span>
                {live(move || sheet.with(|s| s.text.clone()))}
            </div>
            <div class="writer-foot">
                <span class="visually-hidden" id="writer-model">"Who writes"</span>
                <Segmented
                    name="writer".into()
                    words=MODELS
                    value=Signal::derive(move || f64::from(u8::from(sheet.with(|s| s.optimized))))
                    on_set=model
                    labelled_by="writer-model".into()
                />
                <p
                    class="muted num"
                    role="status"
                    aria-live=live(move || if parts.playing.get() { "off" } else { "polite" })
                    data-testid="writer-words"
                >
                    {live(move || sheet.with(Sheet::words))}
                </p>
                <span class="spring"></span>
                <button
                    type="button"
                    class="button"
                    data-testid="write-on"
                    disabled=live(move || parts.playing.get() || sheet.with(|s| s.text.is_empty()))
                    on:click=move |_| ask(true)
                >
                    "Write on"
                </button>
            </div>
        </section>
    }
}
