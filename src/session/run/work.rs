//! Which work comes next: the test that ends an epoch, then what is done beside training ([`Run::beside`]), then training.

use super::{
    Next, Run,
    say::{OWED_MS, VIEW_MS},
};
use crate::{
    protocol::FromWorker,
    session::{accelerator::Engines, clock::Clock},
};

/// Between two that a moving slider asks for, training gets at least this, ms, and a fifth of the time.
const TRAIN_MS: f64 = 12.0;
/// Longest rest between two looks at the clock, ms.
const MOST_REST_MS: f64 = 50.0;

impl Run {
    /// Does some work until `deadline`, and says when more is due.
    pub fn advance(&mut self, deadline: f64, clock: &dyn Clock, engines: &mut Engines, out: &mut Vec<FromWorker>) -> Next {
        loop {
            if let Some(rest) = self.rest.filter(|_| self.gpu.is_some()) {
                (rest.listen)(self, clock.now(), engines, out);
            }
            if self.halted && self.at_hand() {
                return Next::Now;
            }
            let next = self.work(clock, engines, out);
            let now = clock.now();
            self.stopwatch.lap(now);
            self.report(now, engines, out);
            if next != Next::Now || clock.now() >= deadline {
                return next;
            }
        }
    }

    /// The most urgent piece of work, a few milliseconds long.
    pub(super) fn work(&mut self, clock: &dyn Clock, engines: &mut Engines, out: &mut Vec<FromWorker>) -> Next {
        if self.exam.is_some() {
            self.examine(out);
            return Next::Now;
        }
        if self.waits_for_rest() {
            return Next::Idle;
        }
        if self.choosing.is_some() {
            self.choose_due_mask(out);
            return Next::Now;
        }
        if let Some(rest) = self.rest
            && let Some(next) = (rest.beside)(self, clock, engines, out)
        {
            return next;
        }
        if !self.playing {
            if let Some(rest) = self.rest {
                (rest.choose)(self, engines, out);
            }
            return self.view_due();
        }
        let now = clock.now();
        let ahead = self.ahead_of_pace(now);
        if ahead > 0.0 {
            let compare = if self.stale { self.asked_due() - now } else { MOST_REST_MS };
            return Next::In(ahead.min(compare).clamp(0.0, MOST_REST_MS));
        }
        if self.halted {
            return Next::Await;
        }
        if let Some(rest) = self.rest
            && let Some(next) = (rest.elsewhere)(self, now, engines, out)
        {
            return next;
        }
        self.stopwatch.began = Some(now);
        self.train(out);
        Next::Now
    }

    /// How many ms training is ahead of its pace.
    pub(super) fn ahead_of_pace(&self, now: f64) -> f64 {
        let Some(pace) = self.pace else { return 0.0 };
        let (since, from) = self.pace_from;
        (self.trainer.epoch(self.data.train.len) - from) * 1000.0 / pace - (now - since)
    }

    /// A run that stands still has work left only while a drawing, a checkpoint or better times are owed.
    pub(super) fn view_due(&self) -> Next {
        let view = self.follow && self.view_step != Some(self.trainer.step_count());
        if view || self.owed || self.rematch.is_some() { Next::In((VIEW_MS / 4.0).min(OWED_MS)) } else { Next::Idle }
    }

    /// When training has had its share since the last comparison, so that one that is asked for may begin.
    pub(super) fn asked_due(&self) -> f64 {
        self.said.preview_ended + TRAIN_MS.max(self.said.preview_took / 4.0)
    }
}
