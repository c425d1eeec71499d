//! What the page says: short notes that go by themselves, and that a screen reader reads aloud.

use std::{sync::Arc, time::Duration};

use crate::app::live::For;
use leptos::prelude::*;

use super::icons::Icon;

/// How serious it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something happened.
    Info,
    /// Something to know.
    Warn,
    /// Something went wrong.
    Bad,
}

/// What a note offers. Not a Leptos callback: those go with the component that made them, which a note may outlive.
pub type Action = Arc<dyn Fn() + Send + Sync>;

/// One note.
#[derive(Clone)]
struct Notice {
    id: u32,
    tone: Tone,
    text: String,
    action: Option<(&'static str, Action)>,
}

/// All notes on the page.
#[derive(Clone, Copy)]
pub struct Notices {
    list: RwSignal<Vec<Notice>>,
    next: StoredValue<u32>,
    /// While the pointer or the focus is on them they stay.
    held: RwSignal<bool>,
}

/// Notes in sight at once.
const SHOWN: usize = 4;

impl Notices {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self { list: RwSignal::new(Vec::new()), next: StoredValue::new(0), held: RwSignal::new(false) }
    }

    /// Says something.
    pub fn say(self, tone: Tone, text: String) {
        self.put(tone, text, None);
    }

    /// Says something and offers to do something about it.
    pub fn offer(self, tone: Tone, text: String, label: &'static str, action: Action) {
        self.put(tone, text, Some((label, action)));
    }

    fn put(self, tone: Tone, text: String, action: Option<(&'static str, Action)>) {
        self.next.update_value(|n| *n += 1);
        let id = self.next.get_value();
        let stays = Duration::from_secs(if action.is_some() { 12 } else { 6 });
        self.list.update(|list| {
            list.retain(|n| n.text != text);
            // An offer is about the latest change: older ones no longer hold.
            if action.is_some() {
                list.retain(|n| n.action.is_none());
            }
            list.push(Notice { id, tone, text, action });
            let extra = list.len().saturating_sub(SHOWN);
            list.drain(..extra);
        });
        if tone != Tone::Bad {
            self.expire(id, stays);
        }
    }

    fn expire(self, id: u32, after: Duration) {
        set_timeout(
            move || match self.held.try_get_untracked() {
                Some(true) => self.expire(id, Duration::from_secs(3)),
                Some(false) => self.dismiss(id),
                None => {}
            },
            after,
        );
    }

    fn dismiss(self, id: u32) {
        self.list.update(|list| list.retain(|n| n.id != id));
    }
}

/// The notes, at the edge of the page.
#[component]
pub fn NoticeList(
    /// What to show.
    notices: Notices,
) -> impl IntoView {
    let hold = move |held| move |_| notices.held.set(held);
    let draw = move |notice: Notice| {
        let (id, tone) = (notice.id, notice.tone);
        let act = notice.action.map(|(label, action)| {
            let run = move |_| {
                notices.dismiss(id);
                action();
            };
            view! { <button type="button" class="button" on:click=run>{label}</button> }
        });
        view! {
            <li class="notice" class:notice-warn=tone == Tone::Warn class:notice-bad=tone == Tone::Bad>
                {if tone == Tone::Info { Icon::Check } else { Icon::Warn }.draw()}
                <span class="notice-text">{notice.text}</span>
                {act}
                <button type="button" class="tool" aria-label="Dismiss" on:click=move |_| notices.dismiss(id)>
                    {Icon::Close.draw()}
                </button>
            </li>
        }
    };
    view! {
        <section class="notices" aria-label="Notices" data-testid="notices">
            <ul
                aria-live="polite"
                on:pointerenter=hold(true)
                on:pointerleave=hold(false)
                on:focusin=move |_| notices.held.set(true)
                on:focusout=move |_| notices.held.set(false)
            >
                <For each=move || notices.list.get() key=|n| n.id.to_string() children=draw />
            </ul>
        </section>
    }
}
