//! What the browser keeps: the run across a reload, and results.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};

use super::{Desk, Start};
use crate::{
    app::{
        notices::Tone,
        storage::{Saved, Storage},
    },
    state::{self, Kept, Page},
};

/// What waits to be written; of each kind the newest.
#[derive(Default)]
pub(super) struct Unwritten {
    /// A state of the run, and whether it was playing.
    checkpoint: Option<(Arc<state::Checkpoint>, bool)>,
    runs: bool,
}

impl Desk {
    /// Opens the store as soon as what does that is loaded. A tab that kept something waits for it before its run begins; a first
    /// visit has nothing to wait for, and loads it later.
    pub(super) fn open_storage_when_loaded(self, asked: bool) {
        if !self.inner.with_value(|i| i.storage_settled) {
            self.later.load();
        }
        Effect::new(move |done: Option<bool>| {
            let stand = self.later.stand();
            if done == Some(true) {
                return true;
            }
            match stand {
                Some(Ok(loaded)) => spawn_local((loaded.open_storage)(self, asked)),
                Some(Err(())) if !self.inner.with_value(|i| i.storage_settled) => {
                    self.notices.say(
                        Tone::Warn,
                        "What this tab kept could not be loaded, so the run starts over and nothing more is kept. Reload to try again."
                            .into(),
                    );
                    self.inner.update_value(|i| i.storage_settled = true);
                    self.start_if_ready();
                }
                _ => return false,
            }
            true
        });
    }

    pub(in crate::app) async fn open_storage(self, asked: bool) {
        match Storage::open().await {
            Ok(storage) => {
                let (saved, runs) = (storage.load().await, storage.load_runs().await);
                self.inner.update_value(|i| i.storage = Some(storage));
                let kept = Kept::read(&runs, saved.as_ref().map_or("", |s| &s.tried));
                let resumed = saved.is_some_and(|saved| self.resume(saved, asked));
                self.page.update(|p| p.adopt(kept, resumed));
                self.write();
            }
            Err(reason) => {
                leptos::logging::warn!("no storage: {reason}");
                self.notices.say(
                    Tone::Warn,
                    "This browser keeps nothing for this page, so a reload starts the run over. Everything else works.".into(),
                );
            }
        }
        self.inner.update_value(|i| i.storage_settled = true);
        self.start_if_ready();
    }

    /// Goes on with what this tab had, if the address asks for the same run (or for none), with the settings that the address asks for;
    /// says whether it does.
    pub(super) fn resume(self, saved: Saved, asked: bool) -> bool {
        let Some(kept) = saved.experiment().map(Arc::new) else { return false };
        if saved.step == 0 {
            return false;
        }
        let wanted = self.page.with_untracked(|p| p.experiment.clone());
        let (state, play, step) = (saved.state, saved.playing, state::format::count(saved.step));
        if asked && !state::same_run(&kept, &wanted) {
            let back = Arc::new(move || {
                self.begin(kept.clone(), Some(state.clone()), play);
                self.address(true);
            });
            let text = format!("The link asks for another experiment, so this tab's run, at step {step}, was set aside.");
            self.notices.offer(Tone::Info, text, "Back to the last run", back);
            return false;
        }
        let experiment = if asked { wanted } else { kept };
        self.page.update(|p| p.experiment = experiment.clone());
        self.address(false);
        self.inner.update_value(|i| i.start = Some(Start { experiment, resume: Some(state), play }));
        let over = Arc::new(move || self.restart());
        let text = if play { format!("Resumed at step {step}.") } else { format!("Resumed at step {step}, paused as it was.") };
        self.notices.offer(Tone::Info, text, "Start over", over);
        true
    }

    /// Keeps a state, and whether the run is playing.
    pub(super) fn keep(self, checkpoint: Arc<state::Checkpoint>, playing: bool) {
        self.inner.update_value(|i| i.unwritten.checkpoint = Some((checkpoint, playing)));
        self.write();
    }

    /// Keeps the runs' results.
    pub(super) fn save_runs(self) {
        self.inner.update_value(|i| i.unwritten.runs = true);
        self.write();
    }

    /// Writes what waits. While one write is under way the next ones wait for its end, and nothing is dropped.
    fn write(self) {
        let Some(loaded) = self.later.loaded() else { return };
        if let Some(storage) = self.inner.try_update_value(|i| i.storage.take()).flatten() {
            spawn_local((loaded.write)(self, storage));
        }
    }

    pub(in crate::app) async fn write_waiting(self, mut storage: Storage) {
        loop {
            let next = self.inner.try_update_value(|i| (std::mem::take(&mut i.unwritten), i.loaded_at));
            let Some((next, loaded_at)) = next else { return };
            if next.checkpoint.is_none() && !next.runs {
                break;
            }
            if let Err(reason) = self.write_out(&mut storage, next, loaded_at).await {
                leptos::logging::warn!("the state was not kept: {reason}");
                self.notices
                    .say(Tone::Warn, "The browser would not keep the state of the run (no space?); a reload will start it over.".into());
                return;
            }
        }
        self.inner.update_value(|i| i.storage = Some(storage));
    }

    async fn write_out(self, storage: &mut Storage, what: Unwritten, loaded_at: f64) -> Result<(), String> {
        let mut write_runs = what.runs;
        if let Some((checkpoint, playing)) = what.checkpoint {
            let Some(tried) = self.page.try_with_untracked(Page::kept_tried) else { return Ok(()) };
            // Under a fresh key the runs have to be written anew.
            write_runs |= storage.save(&checkpoint, playing, tried, loaded_at).await?;
        }
        if write_runs {
            let Some(runs) = self.page.try_with_untracked(Page::kept_runs) else { return Ok(()) };
            storage.save_runs(runs).await?;
        }
        storage.forget_old().await
    }
}
