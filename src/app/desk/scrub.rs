//! Back in time, and forward again.

use std::time::Duration;

use leptos::prelude::*;

use super::Desk;
use crate::{app::notices::Tone, protocol::ToWorker, state::look::curves::hop};

/// A drag along the slider reaches the worker at most this often.
const SCRUB_EVERY: Duration = Duration::from_millis(120);

impl Desk {
    /// Goes to the kept moment nearest to a step; while more are asked for, only now and then.
    pub fn scrub(self, step: u64) {
        self.inner.update_value(|i| i.aim = Some(step));
        let send = |desk: Self| {
            if let Some(step) = desk.inner.try_with_value(|i| i.aim).flatten() {
                desk.send(|run| ToWorker::Scrub { run, step });
            }
        };
        self.throttled(|i| &mut i.scrub, SCRUB_EVERY, send);
    }

    /// Goes about a twentieth of the curve back or forward. From where the last press aimed, for the nearest kept moment may be
    /// the one where the run stands.
    pub fn hop(self, back: bool) {
        let aim = self.inner.try_with_value(|i| i.aim).flatten();
        let target = self.page.with_untracked(|p| hop(&p.history, p.resumed.unwrap_or(0), aim.unwrap_or(p.step), back));
        match target {
            Some(step) => self.scrub(step),
            None if back => self.notices.say(Tone::Info, "This is the earliest moment that is kept.".into()),
            None => self.notices.say(Tone::Info, "This is the latest moment; play goes on from here.".into()),
        }
    }

    /// Once training goes on, the next press starts from there.
    pub(super) fn forget_aim(self) {
        Effect::new(move |_| {
            if self.parts.playing.get() {
                self.inner.update_value(|i| i.aim = None);
            }
        });
    }
}
