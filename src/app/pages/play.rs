//! The playground: recipe, network, and making it small.

use crate::app::live::{For, live};
use leptos::prelude::*;

use super::{make_small::MakeSmall, recipe::Recipe, stage::NetworkStage, strip::Strip};
use crate::app::{
    desk::{Desk, Trouble},
    dialogs::{Dialog, Dialogs},
    header::{Counters, Header, Transport},
    icons::Icon,
};
use crate::{
    protocol::Topic,
    state::{Note, Phase},
};

/// A tab of the strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Loss and score over time.
    Curves,
    /// Confusion matrix, or residuals.
    Confusion,
    /// Weights and their grid.
    Weights,
    /// Milliseconds.
    Latency,
    /// Steps that make the model small.
    Recipe,
    /// Everything tried.
    Pareto,
    /// Runs of this visit.
    Runs,
    /// What can be found out about training.
    Lab,
}

/// Tabs in order, as the keys 1 to 8 choose them.
pub const TABS: [Tab; 8] = [Tab::Curves, Tab::Confusion, Tab::Weights, Tab::Latency, Tab::Recipe, Tab::Pareto, Tab::Runs, Tab::Lab];

/// The playground.
#[component]
pub fn Play() -> impl IntoView {
    view! {
        <Header />
        <main class="play-grid">
            <Troubles />
            <Refused />
            <Advice />
            <Recipe />
            <NetworkStage />
            <Strip />
            <MakeSmall />
        </main>
        <div class="dock">
            <Transport />
            <Counters />
        </div>
        <Footer />
    }
}

/// A run that could not begin, and nothing before it that could go on.
#[component]
fn Refused() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let shown = move |reason: String| {
        view! {
            <div class="banner banner-bad" role="alert" data-testid="refused">
                {Icon::Warn.draw()}
                <p><strong>"This cannot run yet."</strong> " " {reason}</p>
                <button type="button" class="button" on:click=move |_| desk.try_again()>"Try again"</button>
            </div>
        }
    };
    live(move || if let Phase::Failed(reason) = desk.parts.phase.get() { Some(shown(reason)) } else { None })
}

/// What keeps the page from working, with a way out.
#[component]
fn Troubles() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let shown = move |trouble: Trouble| {
        let (text, detail, label, reload) = match trouble {
            Trouble::Blocked(reason) => {
                ("The engine did not load. A blocker or a lost connection may be in the way.".to_string(), reason, "Try again", false)
            }
            Trouble::Crashing(reason) => (
                "The engine stopped several times in a row, so it was not started again. Your settings are still here.".into(),
                reason,
                "Start it again",
                false,
            ),
            Trouble::Outdated => (
                "This page was updated while it was open, and its parts no longer understand each other.".into(),
                String::new(),
                "Reload the page",
                true,
            ),
        };
        let act = move |_| {
            if reload {
                // A browser that will not reload leaves the message standing.
                let _ = window().location().reload();
            } else {
                desk.revive();
            }
        };
        view! {
            <div class="banner banner-bad" role="alert" data-testid="trouble">
                {Icon::Warn.draw()}
                <p>{text} " " <span class="muted">{detail}</span></p>
                <button type="button" class="button" on:click=act>{label}</button>
            </div>
        }
    };
    live(move || desk.trouble.get().map(shown))
}

/// Notes about training, each with its remedy.
#[component]
fn Advice() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let row = move |note: Note| {
        let topic = note.health.topic;
        let remedy = match topic {
            Topic::Diverged => "Learning rate ÷ 10 and go on",
            Topic::DeadUnits => "Learning rate ÷ 10 and start over",
            Topic::EarlyStop | Topic::Best => "Train on",
        };
        view! {
            <div class="banner" class:banner-bad=topic == Topic::Diverged data-testid="advice">
                {Icon::Warn.draw()}
                <p><strong>{note.health.message}</strong> " " {note.health.advice}</p>
                <button type="button" class="button" data-testid="remedy" on:click=move |_| desk.remedy(topic)>{remedy}</button>
                <button type="button" class="tool" aria-label="Dismiss" on:click=move |_| desk.page.update(|p| p.dismiss(note.id))>
                    {Icon::Close.draw()}
                </button>
            </div>
        }
    };
    view! {
        <div class="advice" role="status">
            <For each=move || desk.parts.notes.get() key=|n| n.id.to_string() children=row />
        </div>
    }
}

/// Promises and sources.
#[component]
fn Footer() -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    view! {
        <footer class="footer">
            <span>"Your data stays on this machine."</span>
            <button type="button" class="link" data-testid="about-data" on:click=move |_| dialogs.show(Dialog::About)>
                "Data sets and their sources"
            </button>
        </footer>
    }
}
