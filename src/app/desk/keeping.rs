//! What the browser keeps: the run across a reload, and pinned runs.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};

use super::{Desk, Start};
use crate::{
    app::{
        notices::Tone,
        storage::{Saved, Storage},
    },
    state,
};

impl Desk {
    pub(super) async fn open_storage(self, asked: bool) {
        match Storage::open().await {
            Ok(storage) => {
                let (saved, pinned) = (storage.load().await, storage.load_pinned().await);
                self.page.update(|p| p.adopt(pinned));
                self.inner.update_value(|i| i.storage = Some(storage));
                if let Some(saved) = saved {
                    self.resume(saved, asked);
                }
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

    /// Goes on with what this tab had, if the address asks for the same experiment (or for none).
    pub(super) fn resume(self, saved: Saved, asked: bool) {
        let Some(experiment) = saved.experiment().map(Arc::new) else { return };
        let same = self.page.with_untracked(|p| *p.experiment == *experiment);
        if saved.step == 0 || (asked && !same) {
            return;
        }
        self.page.update(|p| p.experiment = experiment.clone());
        self.address(false);
        self.inner.update_value(|i| i.start = Some(Start { experiment, resume: Some(saved.state), play: true }));
        let over = Arc::new(move || self.restart());
        let text = format!("Resumed at step {}.", state::format::count(saved.step));
        self.notices.offer(Tone::Info, text, "Start over", over);
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
        spawn_local(async move {
            let result = storage.save(&checkpoint, loaded_at).await;
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
        });
    }

    pub(super) fn save_pinned(self) {
        let runs = self.page.with_untracked(|p| p.runs.clone());
        let storage = self.inner.try_update_value(|i| if i.saving { None } else { i.storage.take() }).flatten();
        let Some(storage) = storage else { return };
        self.inner.update_value(|i| i.saving = true);
        spawn_local(async move {
            if let Err(reason) = storage.save_pinned(&runs).await {
                leptos::logging::warn!("pinned runs were not kept: {reason}");
            }
            self.inner.update_value(|i| {
                i.saving = false;
                i.storage = Some(storage);
            });
        });
    }
}
