//! Which work comes next: the test that ends an epoch, then a comparison, then a benchmark, then a measurement, then training.

use super::{
    Next, Run,
    say::{OWED_MS, VIEW_MS},
};
use crate::{
    protocol::{Backend, FromWorker, Reason, RunError, Summary},
    session::{
        accelerator::Engines,
        clock::Clock,
        measure::Measure,
        preview::{Pair, Preview, Setting},
    },
};

/// While training, comparisons that only follow it take at most a quarter of the time, and begin at most this often, ms.
const PREVIEW_MS: f64 = 700.0;
/// Between two that a moving slider asks for, training gets at least this, ms, and a fifth of the time.
const TRAIN_MS: f64 = 12.0;
/// Longest rest between two looks at the clock, ms.
const MOST_REST_MS: f64 = 50.0;

impl Run {
    /// Does some work until `deadline`, and says when more is due.
    pub fn advance(&mut self, deadline: f64, clock: &dyn Clock, engines: &mut Engines, out: &mut Vec<FromWorker>) -> Next {
        loop {
            if self.gpu.is_some() {
                self.listen(clock.now(), engines, out);
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
        if self.wants_preview(clock.now()) && self.bring(engines) {
            self.start_preview(clock, out);
        }
        if self.preview.is_some() {
            if self.gpu.is_some() && self.playing && !self.halted {
                // The GPU trains on meanwhile.
                self.feed(clock.now(), engines);
            }
            self.compare(clock, out);
            return Next::Now;
        }
        if let Some(next) = self.benchmark(clock, engines, out) {
            return next;
        }
        if let (Some(measure), Some(pair)) = (&mut self.measure, &mut self.pair) {
            if let Some(latency) = measure.advance(pair, &self.data, clock) {
                self.measure = None;
                out.push(FromWorker::Measured { run: self.id, experiment: pair.experiment.clone(), latency });
            }
            return Next::Now;
        }
        if !self.playing {
            self.choose(engines, out);
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
        match self.backend(now, engines, out) {
            Some(Backend::Gpu) => self.feed(now, engines),
            Some(Backend::Cpu) if !self.bring(engines) => Next::Await,
            Some(Backend::Cpu) => {
                if self.gpu.is_some() {
                    self.leave(engines);
                }
                self.stopwatch.began = Some(now);
                self.train(out);
                Next::Now
            }
            None => Next::Await,
        }
    }

    /// How many ms training is ahead of its pace.
    pub(super) fn ahead_of_pace(&self, now: f64) -> f64 {
        let Some(pace) = self.pace else { return 0.0 };
        let (since, from) = self.pace_from;
        (self.trainer.epoch(self.data.train.len) - from) * 1000.0 / pace - (now - since)
    }

    /// A run that stands still has work left only while a drawing or a checkpoint is owed.
    pub(super) fn view_due(&self) -> Next {
        let view = self.follow && self.view_step != Some(self.trainer.step_count());
        if view || self.owed { Next::In((VIEW_MS / 4.0).min(OWED_MS)) } else { Next::Idle }
    }

    pub(super) fn wants_preview(&self, now: f64) -> bool {
        if self.preview.is_some() {
            return false;
        }
        let news = self.compared != Some(self.reached().0);
        let rested = now - self.said.preview_ended >= PREVIEW_MS.max(3.0 * self.said.preview_took);
        // Models that are being measured stay until that is done, unless others are asked for.
        let still = self.measure.is_none() && self.benchmark.is_none();
        let follows = self.follow && still && (rested || !self.playing);
        (self.stale && (!self.playing || now >= self.asked_due())) || (news && (self.ending.is_some() || follows))
    }

    /// When training has had its share since the last comparison, so that one that is asked for may begin.
    fn asked_due(&self) -> f64 {
        self.said.preview_ended + TRAIN_MS.max(self.said.preview_took / 4.0)
    }

    pub(super) fn start_preview(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) {
        let (step, asked) = (self.trainer.step_count(), std::mem::take(&mut self.stale));
        self.compared = Some(step);
        match Preview::new(&self.trainer, self.experiment.clone(), &self.by_hand, asked, clock.now()) {
            Ok(preview) => self.preview = Some(preview),
            Err(error) => out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) }),
        }
    }

    pub(super) fn compare(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) {
        let setting = Setting { network: &self.trainer.network, data: &self.data, clock };
        let Some(preview) = &mut self.preview else { return };
        let began = preview.began;
        let pair = match preview.advance(&setting, self.pair.as_ref()) {
            Ok(None) => return,
            Ok(Some(pair)) => pair,
            Err(error) => {
                self.preview = None;
                return out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) });
            }
        };
        self.preview = None;
        let now = clock.now();
        (self.said.preview_ended, self.said.preview_took) = (now, now - began);
        out.push(FromWorker::Compared {
            run: self.id,
            step: pair.step,
            experiment: pair.experiment.clone(),
            baseline: pair.baseline_judge.result(&self.data.task),
            optimized: pair.optimized_judge.result(&self.data.task),
            report: pair.compressed.report.clone(),
            latency: pair.latency.clone(),
        });
        self.note_optimized(&pair);
        self.pair = Some(pair);
        self.say_weights(out);
        if self.measure.is_some() {
            // Times of two different pairs do not go into one report.
            self.measure = Some(Measure::new());
        }
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
            engine: self.took.words(),
        };
        self.say_checkpoint(out);
        out.push(FromWorker::Finished { run: self.id, summary });
    }
}
