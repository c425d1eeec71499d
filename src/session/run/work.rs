//! Which work comes next: the test that ends an epoch, then a comparison, then a measurement, then training.

use super::{Next, Run, say::VIEW_MS};
use crate::{
    protocol::{FromWorker, Reason, RunError, Summary},
    session::{
        clock::Clock,
        preview::{Pair, Preview, Setting},
    },
};

/// While training, comparisons take at most a quarter of the time, and begin at most this often, ms.
const PREVIEW_MS: f64 = 700.0;
/// Longest rest between two looks at the clock, ms.
const MOST_REST_MS: f64 = 50.0;

impl Run {
    /// Does some work until `deadline`, and says when more is due.
    pub fn advance(&mut self, deadline: f64, clock: &dyn Clock, out: &mut Vec<FromWorker>) -> Next {
        loop {
            let next = self.work(clock, out);
            self.report(clock.now(), out);
            if next != Next::Now || clock.now() >= deadline {
                return next;
            }
        }
    }

    /// The most urgent piece of work, a few milliseconds long.
    pub(super) fn work(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) -> Next {
        if self.exam.is_some() {
            self.examine(out);
            return Next::Now;
        }
        if self.wants_preview(clock.now()) {
            self.start_preview(clock, out);
        }
        if self.preview.is_some() {
            self.compare(clock, out);
            return Next::Now;
        }
        if let (Some(measure), Some(pair)) = (&mut self.measure, &mut self.pair) {
            if let Some(latency) = measure.advance(pair, &self.data, clock) {
                self.measure = None;
                out.push(FromWorker::Measured { run: self.id, latency });
            }
            return Next::Now;
        }
        if !self.playing {
            return self.view_due();
        }
        let ahead = self.ahead_of_pace(clock.now());
        if ahead > 0.0 {
            return Next::In(ahead.min(MOST_REST_MS));
        }
        self.train(out);
        Next::Now
    }

    /// How many ms training is ahead of its pace.
    pub(super) fn ahead_of_pace(&self, now: f64) -> f64 {
        let Some(pace) = self.pace else { return 0.0 };
        let (since, from) = self.pace_from;
        (self.epoch() - from) * 1000.0 / pace - (now - since)
    }

    /// A run that stands still has work left only while a drawing is owed.
    pub(super) fn view_due(&self) -> Next {
        if self.follow && self.view_step != Some(self.trainer.step_count()) { Next::In(VIEW_MS / 4.0) } else { Next::Idle }
    }

    pub(super) fn wants_preview(&self, now: f64) -> bool {
        if self.preview.is_some() {
            return false;
        }
        let news = self.pair_step() != Some(self.trainer.step_count());
        let rested = now - self.said.preview_ended >= PREVIEW_MS.max(3.0 * self.said.preview_took);
        self.stale || (self.ending.is_some() && news) || (self.follow && news && (rested || !self.playing))
    }

    pub(super) fn pair_step(&self) -> Option<u64> {
        self.pair.as_ref().map(|p| p.step)
    }

    pub(super) fn start_preview(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) {
        self.stale = false;
        let (link, loss) = (&self.link, self.trainer.rules.loss.as_ref());
        let setting = Setting { network: &self.trainer.network, data: &self.data, loss, link, clock };
        match Preview::new(&setting, self.trainer.step_count(), &self.trainer.params, &self.experiment.compress, &self.by_hand) {
            Ok(preview) => self.preview = Some(preview),
            Err(error) => out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) }),
        }
    }

    pub(super) fn compare(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) {
        let (link, loss) = (&self.link, self.trainer.rules.loss.as_ref());
        let setting = Setting { network: &self.trainer.network, data: &self.data, loss, link, clock };
        if !self.preview.as_mut().is_some_and(|p| p.advance(&setting)) {
            return;
        }
        let Some(preview) = self.preview.take() else { return };
        let now = clock.now();
        (self.said.preview_ended, self.said.preview_took) = (now, now - preview.began);
        let pair = preview.pair;
        out.push(FromWorker::Compared {
            run: self.id,
            step: pair.step,
            baseline: pair.baseline_judge.result(&self.data.task),
            optimized: pair.optimized_judge.result(&self.data.task),
            report: pair.compressed.report.clone(),
            latency: pair.latency.clone(),
        });
        self.note_optimized(&pair);
        self.pair = Some(pair);
        self.view_step = None;
        if self.follow && !self.playing {
            // No progress report will come by itself to bring the curve this point.
            self.say_progress(out, 0.0);
        }
        if let Some(reason) = self.ending.take() {
            self.finish(reason, out);
        }
    }

    /// Adds the optimized model's score to the curve, at its last point.
    pub(super) fn note_optimized(&mut self, pair: &Pair) {
        if !self.follow {
            return;
        }
        let score = pair.optimized_judge.result(&self.data.task).score;
        if let Some(point) = self.history.iter_mut().rev().find(|p| p.step <= pair.step) {
            point.optimized_score = Some(score);
            self.told = self.told.min(self.history.len().saturating_sub(1));
        }
    }

    pub(super) fn finish(&mut self, reason: Reason, out: &mut Vec<FromWorker>) {
        let Some(pair) = &self.pair else { return };
        let summary = Summary {
            steps: self.trainer.step_count(),
            epochs: self.epoch(),
            reason,
            baseline: pair.baseline_judge.result(&self.data.task),
            optimized: pair.optimized_judge.result(&self.data.task),
            report: pair.compressed.report.clone(),
            seed: self.experiment.seed,
            engine: crate::session::ENGINE.to_string(),
        };
        self.say_checkpoint(out);
        out.push(FromWorker::Finished { run: self.id, summary });
    }
}
