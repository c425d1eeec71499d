//! The bar at the top: what runs, the transport, and the page's own switches.

use crate::app::live::live;
use leptos::prelude::*;

use super::{
    desk::Desk,
    dialogs::{Dialog, Dialogs},
    engine_badge::EngineBadge,
    files,
    icons::Icon,
    location,
    notices::Tone,
    presets,
    theme::Theme,
};
use crate::state::{Phase, format};

/// The bar.
#[component]
pub fn Header() -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    let desk = expect_context::<Desk>();
    let name = live(move || desk.parts.shown.with(|e| presets::name_of(e)));
    view! {
        <header class="topbar">
            <div class="brand">
                <svg class="brand-mark" viewBox="0 0 64 64" aria-hidden="true">
                    <path class="brand-top" d="M32 8 52 19 32 30 12 19Z" />
                    <path class="brand-left" d="M12 19 32 30V54L12 43Z" />
                    <path class="brand-right" d="M32 30 52 19V31L40 49.4 32 54Z" />
                    <path class="brand-shaving" d="M55 35c4 4 4 10 0 13s-9 1-9-3 5-5 6-2" />
                </svg>
                <h1>"Whittle"</h1>
            </div>
            <button type="button" class="button preset" data-testid="gallery" on:click=move |_| dialogs.show(Dialog::Gallery)>
                {Icon::Gallery.draw()}
                <span class="preset-name">{name}</span>
            </button>
            <Transport />
            <Counters />
            <span class="spring"></span>
            <EngineBadge />
            <PageTools />
        </header>
    }
}

/// Play, step, epoch, restart, reseed.
#[component]
pub fn Transport() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let playing = desk.parts.playing;
    let idle = move || desk.parts.phase.get() != Phase::Running;
    let toggle = live(move || {
        if playing.get() {
            view! {
                <button type="button" class="play" data-testid="pause" aria-label="Pause" title="Pause (space)" on:click=move |_| desk.pause()>
                    {Icon::Pause.draw()}
                </button>
            }
            .into_any()
        } else {
            view! {
                <button type="button" class="play" data-testid="play" aria-label="Play" title="Play (space)" disabled=idle on:click=move |_| desk.play()>
                    {Icon::Play.draw()}
                </button>
            }
            .into_any()
        }
    });
    let tool = move |id: &'static str, label: &'static str, hint: &'static str, icon: Icon, act: fn(Desk)| {
        view! {
            <button type="button" class="tool" data-testid=id aria-label=label title=hint disabled=idle on:click=move |_| act(desk)>
                {icon.draw()}
            </button>
        }
    };
    view! {
        <div class="transport" role="group" aria-label="Training">
            {toggle}
            {tool("step", "One step", "One step (s)", Icon::Step, Desk::step)}
            {tool("epoch", "To the end of the epoch", "To the end of the epoch (e)", Icon::Epoch, Desk::epoch)}
            {tool("restart", "Restart from the same weights", "Restart from the same first weights (r)", Icon::Restart, Desk::restart)}
            {tool("reseed", "Restart from other weights", "Restart from other first weights (n)", Icon::Dice, Desk::reseed)}
            <Pace />
        </div>
    }
}

/// Epochs a second at most.
const PACES: [(&str, Option<f64>); 5] =
    [("Full speed", None), ("30 epochs/s", Some(30.0)), ("10 epochs/s", Some(10.0)), ("3 epochs/s", Some(3.0)), ("1 epoch/s", Some(1.0))];

/// How fast training goes at most.
#[component]
fn Pace() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let option = move |(i, (label, pace)): (usize, (&'static str, Option<f64>))| {
        view! { <option value=i.to_string() prop:selected=live(move || desk.pace.get() == pace)>{label}</option> }
    };
    let choose = move |text: String| {
        let pace = text.parse().ok().and_then(|i: usize| PACES.get(i)).and_then(|(_, pace)| *pace);
        desk.set_pace(pace);
    };
    view! {
        <select class="pace" aria-label="Speed" data-testid="pace" on:change:target=move |e| choose(e.target().value())>
            {PACES.into_iter().enumerate().map(option).collect_view()}
        </select>
    }
}

/// Epoch, step and rate.
#[component]
pub fn Counters() -> impl IntoView {
    let parts = expect_context::<Desk>().parts;
    let epoch = move || format!("{:.1}", parts.epoch.get());
    let planned = move || format::number(parts.experiment.get().train.epochs);
    let status = move || match parts.phase.get() {
        Phase::Engine => Some("Loading the engine…".to_string()),
        Phase::Starting => Some("Starting…".into()),
        Phase::Loading(_) => Some("Loading data…".into()),
        Phase::Failed(_) => Some("Could not start".into()),
        Phase::Running => None,
    };
    let rate = move || if parts.playing.get() && parts.rate.get() > 0.0 { format::compact(parts.rate.get()) } else { "–".into() };
    let numbers = move || {
        view! {
            <dl class="counters">
                <div class:behind=live(move || !parts.runs_network.get())>
                    <dt>"Epoch"</dt>
                    <dd class="num" data-testid="count-epoch">{live(epoch)}<span class="muted">" / " {live(planned)}</span></dd>
                </div>
                <div>
                    <dt>"Step"</dt>
                    <dd class="num" data-testid="count-step">{live(move || format::count(parts.step.get()))}</dd>
                </div>
                <div class="counter-rate">
                    <dt>"Samples/s"</dt>
                    <dd class="num">{live(rate)}</dd>
                </div>
            </dl>
        }
    };
    live(move || match status() {
        Some(text) => view! { <p class="counters-wait" role="status">{text}</p> }.into_any(),
        None => numbers().into_any(),
    })
}

/// Link, theme, help.
#[component]
fn PageTools() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let dialogs = expect_context::<Dialogs>();
    let theme = expect_context::<Theme>();
    let copy = move |_| {
        let link = desk.page.with_untracked(|p| location::href(p.shown(), p.engine.as_deref()));
        leptos::task::spawn_local(async move {
            match files::copy(&link).await {
                true => desk.notices.say(Tone::Info, "Link copied. It holds this whole experiment.".into()),
                false => desk.notices.say(Tone::Warn, "The browser did not allow copying; the address bar holds the same link.".into()),
            }
        });
    };
    let theme_icon = live(move || if theme.dark() { Icon::Sun } else { Icon::Moon }.draw());
    let theme_label = live(move || if theme.dark() { "Light theme" } else { "Dark theme" });
    view! {
        <div class="page-tools">
            <button type="button" class="tool" data-testid="copy-link" aria-label="Copy a link to this experiment" title="Copy a link to this experiment" on:click=copy>
                {Icon::Link.draw()}
            </button>
            <button type="button" class="tool" data-testid="benchmark-open" aria-label="Benchmark this device" title="Benchmark this device (b)" on:click=move |_| dialogs.show(Dialog::Benchmark)>
                {Icon::Gauge.draw()}
            </button>
            <button type="button" class="tool" data-testid="theme" aria-label=theme_label title="Theme (t)" on:click=move |_| theme.toggle()>
                {theme_icon}
            </button>
            <button type="button" class="tool" data-testid="help" aria-label="Help and keyboard shortcuts" title="Help (?)" on:click=move |_| dialogs.show(Dialog::Help)>
                {Icon::Help.draw()}
            </button>
        </div>
    }
}
