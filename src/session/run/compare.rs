//! What is done beside training, once the rest of the session is there: a comparison, then a benchmark, then a measurement. And where training
//! goes on: here, or on the GPU.

use super::{Next, Run};
use crate::{
    protocol::{Backend, FromWorker, Late, Reason, RunError, Summary},
    session::{
        accelerator::Engines,
        clock::Clock,
        measure::Measure,
        preview::{Pair, Preview, Setting},
        rematch::Rematch,
    },
};

/// While training, comparisons that only follow it take at most a quarter of the time, and begin at most this often, ms.
const PREVIEW_MS: f64 = 700.0;

impl Run {
    /// A piece of the most urgent work beside training, and when more is due; `None` where there is none.
    pub fn beside(&mut self, clock: &dyn Clock, engines: &mut Engines, out: &mut Vec<FromWorker>) -> Option<Next> {
        if self.wants_preview(clock.now()) && self.bring(engines) {
            self.start_preview(clock, out);
        }
        if self.preview.is_some() {
            if self.gpu.is_some() && self.playing && !self.halted {
                // The GPU trains on meanwhile.
                self.feed(clock.now(), engines);
            }
            self.compare(clock, out);
            return Some(Next::Now);
        }
        if let Some(next) = self.hear_lessons(clock.now()) {
            return Some(next);
        }
        if let Some(next) = self.benchmark(clock, engines, out) {
            return Some(next);
        }
        if let Some(next) = self.recipe(clock, engines, out) {
            return Some(next);
        }
        if let Some(next) = self.sense(clock.now(), engines, out) {
            return Some(next);
        }
        if let Some(next) = self.experiment_aside(clock, engines, out) {
            return Some(next);
        }
        if let Some(next) =
            self.contrast(out).or_else(|| self.roc(out)).or_else(|| self.leaving(out)).or_else(|| self.shuffle_columns(clock, out))
        {
            return Some(next);
        }
        if let Some(next) = self.look_at_made(clock, out) {
            return Some(next);
        }
        if let Some(next) = self.write_on(clock, engines, out) {
            return Some(next);
        }
        if let (Some(measure), Some(pair)) = (&mut self.measure, &mut self.pair) {
            if let Some(latency) = measure.advance(pair, &self.data, clock) {
                (self.measure, self.rematch) = (None, None);
                out.push(FromWorker::Measured { run: self.id, experiment: pair.experiment.clone(), latency });
            }
            return Some(Next::Now);
        }
        self.time_again(clock, out)
    }

    /// A piece of timing the latest comparison in peace; `None` where it is not the time for that.
    fn time_again(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) -> Option<Next> {
        if self.playing {
            self.rematch = None;
        }
        let (Some(rematch), Some(pair)) = (&mut self.rematch, &mut self.pair) else { return None };
        if !rematch.is_due(clock.now()) {
            return None;
        }
        if let Some(latency) = rematch.advance(clock, |side| pair.call_next(side, &self.data)) {
            self.rematch = None;
            out.push(FromWorker::Late(Late::Timed { run: self.id, experiment: pair.experiment.clone(), latency }));
        }
        Some(Next::Now)
    }

    /// Chooses what trains the next steps, and lets the GPU train where it is that. `None`: it is this engine, and the numbers are at hand.
    pub fn elsewhere(&mut self, now: f64, engines: &mut Engines, out: &mut Vec<FromWorker>) -> Option<Next> {
        match self.backend(now, engines, out) {
            Some(Backend::Gpu) => Some(self.feed(now, engines)),
            Some(Backend::Cpu) if self.bring(engines) => {
                if self.gpu.is_some() {
                    self.leave(engines);
                }
                None
            }
            Some(Backend::Cpu) | None => Some(Next::Await),
        }
    }

    pub(super) fn wants_preview(&self, now: f64) -> bool {
        if self.preview.is_some() || (self.playing && !self.has_moved()) {
            return false;
        }
        let news = self.compared != Some(self.reached().0);
        let rested = now - self.said.preview_ended >= PREVIEW_MS.max(3.0 * self.said.preview_took);
        // Models that are being measured stay until that is done, unless others are asked for.
        let still = self.measure.is_none() && self.benchmark.is_none() && !self.is_cooking();
        let follows = self.follow && still && (rested || !self.playing);
        (self.stale && (!self.playing || now >= self.asked_due())) || (news && (self.ending.is_some() || follows))
    }

    /// Whether all that is noted of steps has something to say: before the first step there is nothing to rank by.
    fn has_moved(&self) -> bool {
        let noted = self.trainer.noted();
        noted.is_empty() || noted.iter().any(|m| *m != 0.0)
    }

    pub(super) fn start_preview(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) {
        let asked = std::mem::take(&mut self.stale);
        self.compared = Some(self.trainer.step_count());
        self.rematch = None;
        match Preview::new(&self.trainer, (self.experiment.clone(), &self.data), &self.by_hand, asked, clock.now()) {
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
        self.rematch = (self.follow && !self.playing).then(|| Rematch::new(now));
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
