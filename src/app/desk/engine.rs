//! The worker: started, heard, watched, and restarted when it is gone.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;

use super::{Desk, Start, Trouble};
use crate::{
    app::{
        files, location,
        notices::Tone,
        worker_client::{Client, Heard},
    },
    experiment::{Experiment, link},
    protocol::{FromWorker, ToWorker},
    state::{self, Effect, Phase},
};

/// Seconds without a word from a training worker after which it counts as gone.
const SILENCE: u32 = 12;
/// Seconds without a first word from a worker after which the page says so.
const LOADING: u32 = 15;
/// After the first point the page gets this long to draw it before the worker loads its rest.
const COMPLETE: Duration = Duration::from_millis(150);
/// Restarts without progress between them after which the page gives up.
const RESTARTS: u32 = 3;

impl Desk {
    /// Ends the worker, starts another, and goes on from the last checkpoint.
    pub fn revive(self) {
        self.trouble.set(None);
        let (experiment, resume, play) = self.page.with_untracked(|p| {
            let checkpoint = p.checkpoint.as_ref().filter(|c| state::same_run(&c.experiment, &p.experiment));
            (
                p.experiment.clone(),
                checkpoint.map(|c| c.state.clone()),
                p.playing || matches!(p.phase, Phase::Engine | Phase::Starting | Phase::Loading(_)),
            )
        });
        let runs = self.page.with_untracked(|p| p.checkpoint.clone());
        self.page.update(|p| {
            p.engine = None;
            p.begin(experiment.clone());
            p.checkpoint = runs;
        });
        self.inner.update_value(|i| i.start = Some(Start { experiment, resume, play }));
        self.start_worker();
    }

    pub(super) fn start_worker(self) {
        let generation = self.inner.try_update_value(|i| {
            i.client = None;
            i.generation += 1;
            i.silence = 0;
            i.generation
        });
        let Some(generation) = generation else { return };
        let client = Client::start(move |heard| {
            if self.inner.try_with_value(|i| i.generation == generation) == Some(true) {
                self.hear(heard);
            }
        });
        match client {
            Ok(client) => self.inner.update_value(|i| i.client = Some(client)),
            Err(reason) => self.trouble.set(Some(Trouble::Blocked(reason))),
        }
    }

    pub(super) fn hear(self, heard: Heard) {
        self.inner.update_value(|i| i.silence = 0);
        match heard {
            Heard::Message(message) => self.take(*message),
            // Whoever has asked is there.
            Heard::Late(bytes) => {
                if let Some(Err(reason)) = self.later.loaded().map(|loaded| (loaded.hear)(self, &bytes)) {
                    self.garbled(&reason);
                }
            }
            Heard::Garbled(reason) => self.garbled(&reason),
            Heard::Blocked(reason) => self.trouble.set(Some(Trouble::Blocked(reason))),
            Heard::Died(reason) => self.died(reason),
        }
    }

    fn garbled(self, reason: &str) {
        leptos::logging::error!("unreadable message: {reason}");
        self.trouble.set(Some(Trouble::Outdated));
    }

    /// Says so where the numbers that the address is about come from another build of the engine.
    pub(super) fn say_engine(self) {
        let build = self.page.with_untracked(|p| p.engine.clone());
        let (Some(build), Some(wanted)) = (build, location::engine()) else { return };
        if link::engine_name(&build) != Some(&wanted) {
            let text = format!(
                "The numbers of this link were made by another build of the engine ({wanted}). Here they may differ in the last places."
            );
            self.notices.say(Tone::Info, text);
        }
    }

    pub(super) fn take(self, message: FromWorker) {
        if matches!(message, FromWorker::Progress { .. }) {
            self.inner.update_value(|i| i.restarts = 0);
        }
        let started = matches!(message, FromWorker::Started { .. });
        let effects = self.page.try_update(|p| p.reduce(message)).unwrap_or_default();
        if started {
            // The run before it has its last numbers.
            self.save_runs();
        }
        for effect in effects {
            match effect {
                Effect::EngineReady => {
                    // It may have been given up for slow.
                    self.trouble.set(None);
                    self.say_engine();
                    self.start_if_ready();
                }
                Effect::WantsTable { checksum, .. } => self.bring_table(checksum),
                Effect::Mismatch { .. } => self.trouble.set(Some(Trouble::Outdated)),
                Effect::Keep(checkpoint) => self.keep(checkpoint, self.page.with_untracked(|p| p.playing)),
                Effect::Download { name, bytes } => files::download(&name, &bytes),
                Effect::Announce(text) => self.notices.say(Tone::Info, text),
                Effect::Warn(text) => self.notices.say(Tone::Warn, text),
                Effect::Complain(text) => self.notices.say(Tone::Bad, text),
                Effect::FirstPoint => {
                    mark_first_point();
                    self.later.load_soon();
                    set_timeout(move || self.post(&ToWorker::Complete), COMPLETE);
                }
                Effect::Incomplete(text) => {
                    let again = Arc::new(move || self.post(&ToWorker::Complete));
                    self.notices.offer(Tone::Bad, format!("{text} What runs goes on."), "Try again", again);
                }
                Effect::StartRefused => self.refused(),
                Effect::ResumeRefused(reason) => {
                    let experiment = self.page.with_untracked(|p| p.experiment.clone());
                    self.begin(experiment, None, true);
                    self.notices
                        .say(Tone::Warn, format!("The kept state could not be used ({reason}); the run starts from the beginning."));
                }
            }
        }
    }

    /// A start that was refused: what ran before runs on, and the refused values stay in the controls with their error.
    pub(super) fn refused(self) {
        let Some(before) = self.inner.try_update_value(|i| i.before.take()).flatten() else { return };
        let (wanted, failures, layer) = self.page.with_untracked(|p| (p.experiment.clone(), p.failures.clone(), p.layer_failure.clone()));
        let missing = failures.get("data").cloned();
        self.begin(before.experiment, before.resume, before.play);
        self.page.update(|p| {
            p.draft = Some(wanted);
            p.failures = failures;
            p.layer_failure = layer;
        });
        self.inner.update_value(|i| i.before = None);
        match missing {
            Some(reason) => {
                let again = Arc::new(move || self.try_again());
                self.notices.offer(Tone::Bad, format!("{reason}. The last run goes on."), "Try again", again);
            }
            None => self.notices.say(Tone::Bad, "That cannot run; the last run goes on. The control in question says why.".into()),
        }
    }

    pub(super) fn died(self, reason: String) {
        leptos::logging::error!("the worker stopped: {reason}");
        let restarts = self.inner.try_update_value(|i| {
            i.restarts += 1;
            i.restarts
        });
        if restarts.unwrap_or(0) > RESTARTS {
            self.inner.update_value(|i| i.client = None);
            self.trouble.set(Some(Trouble::Crashing(reason)));
            return;
        }
        let step =
            self.page.with_untracked(|p| p.checkpoint.as_ref().filter(|c| state::same_run(&c.experiment, &p.experiment)).map(|c| c.step));
        self.revive();
        let from = step.map_or("from the beginning".into(), |s| format!("from step {}", state::format::count(s)));
        self.notices.say(Tone::Warn, format!("The engine stopped unexpectedly. It was restarted and goes on {from}."));
    }

    pub(super) fn start_if_ready(self) {
        let ready = self.page.with_untracked(|p| p.engine.is_some());
        let start = self.inner.try_update_value(|i| if ready && i.storage_settled { i.start.take() } else { None }).flatten();
        let Some(start) = start else { return };
        let run = self.page.try_update(|p| {
            if p.phase == Phase::Engine {
                // Nothing was begun yet under this number.
                let (failures, layer) = (std::mem::take(&mut p.failures), p.layer_failure.take());
                let checkpoint = p.checkpoint.take();
                p.begin(start.experiment.clone());
                (p.failures, p.layer_failure) = (failures, layer);
                p.checkpoint = checkpoint;
            }
            p.run
        });
        let Some(run) = run else { return };
        let experiment = Box::new(Experiment::clone(&start.experiment));
        self.send_pace(&experiment.data.key);
        self.post(&ToWorker::Engine(self.engine.get_untracked()));
        self.post(&ToWorker::Start { run, experiment, resume: start.resume, play: start.play });
    }

    /// A training worker that says nothing for long is gone, whatever became of it; one that never speaks did not load, and may only
    /// be slow. Seconds are counted by ticks that stop while the page is hidden or the machine sleeps.
    pub(super) fn watch_silence(self) {
        let tick = move || {
            let (loading, busy) = self
                .page
                .try_with_untracked(|p| (p.engine.is_none(), p.phase == Phase::Starting || (p.playing && p.phase == Phase::Running)))
                .unwrap_or_default();
            let silent = self.inner.try_update_value(|i| {
                i.silence = if (loading || busy) && !document().hidden() { i.silence + 1 } else { 0 };
                i.silence
            });
            match silent {
                Some(SILENCE..) if busy && !loading => self.died(format!("no word for {SILENCE} s")),
                // A slow connection may bring it yet: it is still listened to.
                Some(LOADING) if loading && self.trouble.get_untracked().is_none() => {
                    self.trouble.set(Some(Trouble::Blocked(format!("It has not answered for {LOADING} s; a file of it may be missing."))));
                }
                _ => {}
            }
        };
        set_interval(tick, Duration::from_secs(1));
    }
}

/// Marks when the first point of the curves is on the screen.
fn mark_first_point() {
    request_animation_frame(|| {
        if let Some(performance) = window().performance() {
            // Only a measuring tool would miss it.
            let _ = performance.mark("whittle:first-point");
        }
    });
}
