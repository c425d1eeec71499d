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

impl Desk {
    pub(super) async fn open_storage(self, asked: bool) {
        match Storage::open().await {
            Ok(storage) => {
                let (saved, runs) = (storage.load().await, storage.load_runs().await);
                self.inner.update_value(|i| i.storage = Some(storage));
                let kept = Kept::read(&runs, saved.as_ref().map_or("", |s| &s.tried));
                let resumed = saved.is_some_and(|saved| self.resume(saved, asked));
                self.page.update(|p| p.adopt(kept, resumed));
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

    /// Goes on with what this tab had, if the address asks for the same experiment (or for none); says whether it does.
    pub(super) fn resume(self, saved: Saved, asked: bool) -> bool {
        let Some(experiment) = saved.experiment().map(Arc::new) else { return false };
        let same = self.page.with_untracked(|p| *p.experiment == *experiment);
        if saved.step == 0 || (asked && !same) {
            return false;
        }
        self.page.update(|p| p.experiment = experiment.clone());
        self.address(false);
        self.inner.update_value(|i| i.start = Some(Start { experiment, resume: Some(saved.state), play: true }));
        let over = Arc::new(move || self.restart());
        let text = format!("Resumed at step {}.", state::format::count(saved.step));
        self.notices.offer(Tone::Info, text, "Start over", over);
        true
    }

    pub(super) fn keep(self, checkpoint: Arc<state::Checkpoint>) {
        let taken = self.inner.try_update_value(|i| {
            let free = !std::mem::replace(&mut i.saving, true);
            free.then(|| i.storage.take().map(|s| (s, i.loaded_at)))
        });
        // While one is being written, the next comes soon enough.
        let Some(Some(taken)) = taken else { return };
        let Some((mut storage, loaded_at)) = taken else {
            self.inner.update_value(|i| i.saving = false);
            return;
        };
        let tried = self.page.with_untracked(Page::kept_tried);
        spawn_local(async move {
            let result = storage.save(&checkpoint, tried, loaded_at).await;
            let lost = result.is_err();
            if let Err(reason) = result {
                leptos::logging::warn!("the state was not kept: {reason}");
                self.notices
                    .say(Tone::Warn, "The browser would not keep the state of the run (no space?); a reload will start it over.".into());
            }
            self.inner.update_value(|i| {
                i.saving = false;
                i.storage = (!lost).then_some(storage);
            });
            self.save_waiting();
        });
    }

    /// Keeps the runs, now or as soon as what is being written is written.
    pub(super) fn save_runs(self) {
        let storage = self.inner.try_update_value(|i| {
            i.runs_wait = i.saving;
            if i.saving { None } else { i.storage.take() }
        });
        let Some(Some(storage)) = storage else { return };
        let runs = self.page.with_untracked(Page::kept_runs);
        self.inner.update_value(|i| i.saving = true);
        spawn_local(async move {
            if let Err(reason) = storage.save_runs(runs).await {
                leptos::logging::warn!("the runs were not kept: {reason}");
            }
            self.inner.update_value(|i| {
                i.saving = false;
                i.storage = Some(storage);
            });
            self.save_waiting();
        });
    }

    fn save_waiting(self) {
        if self.inner.try_update_value(|i| std::mem::take(&mut i.runs_wait)) == Some(true) {
            self.save_runs();
        }
    }
}
