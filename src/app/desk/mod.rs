//! The desk: the page's state, the worker, and everything that can be done with them. Components read its parts and call it.

mod address;
mod changes;
mod engine;
mod keeping;
mod runs;
mod scrub;
mod tables;
mod teachers;

use std::{sync::Arc, time::Duration};

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};

use keeping::Unwritten;
pub use tables::Given;

use super::{
    dialogs::Dialogs,
    engine_badge,
    later::Later,
    location,
    notices::{Notices, Tone},
    parts::Parts,
    presets,
    storage::{self, Storage},
    worker_client::Client,
};
use crate::{
    experiment::Experiment,
    protocol::{Bytes, RunId, ToWorker, Wanted},
    state::{Page, Phase},
};

/// Something that keeps the page from working at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The worker's script does not load or start.
    Blocked(String),
    /// It traps again and again.
    Crashing(String),
    /// Page and worker are of different builds.
    Outdated,
}

/// Everything a component needs; copied freely.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The state.
    pub page: RwSignal<Page>,
    /// Its parts.
    pub parts: Parts,
    /// What the page says to the user.
    pub notices: Notices,
    /// What keeps it from working.
    pub trouble: RwSignal<Option<Trouble>>,
    /// Epochs a second at most; `None` for as fast as it goes.
    pub pace: RwSignal<Option<f64>>,
    /// What training is to run on.
    pub engine: RwSignal<Wanted>,
    /// The sheets.
    pub dialogs: Dialogs,
    /// The last file of the reader's own.
    pub given: RwSignal<Option<Given>>,
    later: Later,
    inner: StoredValue<Inner, LocalStorage>,
}

struct Inner {
    client: Option<Client>,
    /// Tells messages of a worker that was replaced from those of the present one.
    generation: u32,
    storage: Option<Storage>,
    storage_settled: bool,
    /// A start that waits for worker and storage.
    start: Option<Start>,
    loaded_at: f64,
    unwritten: Unwritten,
    update: Throttle,
    address: Throttle,
    scrub: Throttle,
    /// Step that was last asked for by scrubbing, until training goes on.
    aim: Option<u64>,
    /// Control whose drag has already made an entry of the history.
    dragging: bool,
    silence: u32,
    restarts: u32,
    ask: u32,
    /// Whether the pace was set for points (or for larger data); `None` before the first run.
    paced_for: Option<bool>,
    /// What ran before a start, to go back to if it is refused.
    before: Option<Start>,
}

#[derive(Clone)]
struct Start {
    experiment: Arc<Experiment>,
    resume: Option<Bytes>,
    play: bool,
}

/// A call that is made at once, then at most once per interval.
#[derive(Default)]
struct Throttle {
    timer: Option<TimeoutHandle>,
    again: bool,
}

impl Desk {
    /// Sets everything going: the worker loads while the store is opened, where this tab has something in it; then the run begins.
    pub fn open(notices: Notices, later: Later, dialogs: Dialogs) -> Self {
        let wanted = location::read();
        let asked = wanted.is_some();
        let (experiment, ignored, errors) =
            wanted.map_or_else(|| (presets::first(), Vec::new(), Vec::new()), |w| (w.experiment, w.notices, w.errors));
        let mut first = Page::new(experiment);
        first.blame(&errors);
        let page = RwSignal::new(first);
        let inner = Inner {
            client: None,
            generation: 0,
            storage: None,
            storage_settled: !storage::used(),
            start: Some(Start { experiment: page.with_untracked(|p| p.experiment.clone()), resume: None, play: true }),
            loaded_at: js_sys::Date::now(),
            unwritten: Unwritten::default(),
            update: Throttle::default(),
            address: Throttle::default(),
            scrub: Throttle::default(),
            aim: None,
            dragging: false,
            silence: 0,
            restarts: 0,
            ask: 0,
            paced_for: None,
            before: None,
        };
        let desk = Self {
            page,
            parts: Parts::of(page),
            notices,
            trouble: RwSignal::new(None),
            pace: RwSignal::new(None),
            engine: RwSignal::new(engine_badge::kept()),
            dialogs,
            given: RwSignal::new(None),
            later,
            inner: StoredValue::new_local(inner),
        };
        desk.say_unread(&ignored, &errors);
        if !asked {
            // The first entry of the history has to lead back here, too.
            desk.address(false);
        }
        desk.start_worker();
        desk.open_storage_when_loaded(asked);
        desk.watch_silence();
        desk.watch_history();
        desk.forget_aim();
        desk
    }

    fn send(self, message: impl FnOnce(RunId) -> ToWorker) {
        let (run, running) = self.page.with_untracked(|p| (p.run, p.phase == Phase::Running));
        if running {
            self.post(&message(run));
        }
    }

    fn post(self, message: &ToWorker) {
        let result = self.inner.try_with_value(|i| i.client.as_ref().map(|c| c.post(message)));
        if let Some(Some(Err(error))) = result {
            self.notices.say(Tone::Bad, format!("The engine could not be reached: {error}"));
        }
    }

    /// Calls `act` now, and once more at the end of the interval if it was asked for again meanwhile.
    fn throttled(self, which: fn(&mut Inner) -> &mut Throttle, every: Duration, act: fn(Self)) {
        let now = self.inner.try_update_value(|i| {
            let throttle = which(i);
            throttle.again = throttle.timer.is_some();
            throttle.timer.is_none()
        });
        if now != Some(true) {
            return;
        }
        act(self);
        let later = move || {
            let again = self.inner.try_update_value(|i| {
                let throttle = which(i);
                throttle.timer = None;
                std::mem::take(&mut throttle.again)
            });
            if again == Some(true) {
                self.throttled(which, every, act);
            }
        };
        if let Ok(timer) = set_timeout_with_handle(later, every) {
            self.inner.update_value(|i| which(i).timer = Some(timer));
        }
    }
}
