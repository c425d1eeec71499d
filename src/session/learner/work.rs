//! Which work comes next: fitting anew what was fitted before, then the evaluation that a point of the curves waits for, then a comparison, what a panel
//! asked for, a measurement, and then fitting.

use super::{Exam, LearnerRun, Measure, Until, Versus, pair, pair::Voice};
use crate::{
    engine::data::Task,
    protocol::{FromWorker, Late, MetricPoint, Reason, RunError},
    session::{Next, clock::Clock, contrast::Contrast, rematch::Rematch, roc::Roc},
};

/// Points of a curve, at most about this many.
const POINTS: usize = 60;
/// Comparisons that only follow the fit begin at most this often, ms, and take at most a quarter of the time.
const COMPARE_MS: f64 = 700.0;
/// Longest rest between two looks at the clock, ms.
const MOST_REST_MS: f64 = 50.0;
/// When a run that stands still keeps what it owes, ms.
pub(super) const OWED_MS: f64 = 400.0;

impl LearnerRun {
    /// The most urgent piece of work, a few milliseconds long.
    pub(super) fn work(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) -> Next {
        if self.step() < self.again && !self.over() {
            self.progress = self.fit.advance();
            return Next::Now;
        }
        if self.exam.is_some() {
            self.examine(out);
            return Next::Now;
        }
        let now = clock.now();
        if self.versus.is_none() && self.wants_comparison(now) {
            self.begin_comparison(now, out);
            return Next::Now;
        }
        if self.versus.is_some() {
            self.compare(clock, out);
            return Next::Now;
        }
        if let Some(next) = self.beside(clock, out) {
            return next;
        }
        if !self.playing {
            return if self.owed || self.rematch.is_some() { Next::In(OWED_MS / 2.0) } else { Next::Idle };
        }
        let ahead = self.ahead_of_pace(now);
        if ahead > 0.0 {
            return Next::In(ahead.min(MOST_REST_MS));
        }
        self.learn();
        Next::Now
    }

    /// What panels asked for.
    fn beside(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) -> Option<Next> {
        let pair = self.pair.as_mut()?;
        if self.contrast.is_wanted() {
            if let Some(contrast) = self.contrast.on(pair.step, &pair.experiment, Contrast::default).advance(&self.data, pair) {
                self.contrast.done();
                out.push(FromWorker::Late(Late::Contrast { run: self.id, step: pair.step, contrast }));
            }
            return Some(Next::Now);
        }
        if self.roc.is_wanted() {
            if let Some(roc) = self.roc.on(pair.step, &pair.experiment, Roc::default).advance(&self.data, pair) {
                self.roc.done();
                out.push(FromWorker::Late(Late::Roc { run: self.id, step: pair.step, roc }));
            }
            return Some(Next::Now);
        }
        if let Some(work) = self.importance.as_mut() {
            let of = (pair.step, &pair.experiment.clone());
            let (news, done) = work.advance(of, pair, pair::chunk(&self.data), clock);
            if let Some(news) = news {
                self.say_importance(news, out);
            }
            if done {
                self.importance = None;
                // Nobody waits for the steps that were not fitted meanwhile.
                self.pace_from = (clock.now(), self.step());
            }
            return Some(Next::Now);
        }
        if let Some(measure) = self.measure.as_mut() {
            if let Some(latency) = measure.advance(pair, &self.data, clock) {
                (self.measure, self.rematch) = (None, None);
                out.push(FromWorker::Measured { run: self.id, experiment: pair.experiment.clone(), latency });
            }
            return Some(Next::Now);
        }
        self.rematch.take_if(|_| self.playing);
        let rematch = self.rematch.as_mut().filter(|rematch| rematch.is_due(clock.now()))?;
        let x = &self.data.test.inputs[..self.data.shape.len()];
        if let Some(latency) = rematch.advance(clock, |side| pair.call(side, x, 1)) {
            self.rematch = None;
            out.push(FromWorker::Late(Late::Timed { run: self.id, experiment: pair.experiment.clone(), latency }));
        }
        Some(Next::Now)
    }

    /// How many ms fitting is ahead of its pace.
    fn ahead_of_pace(&self, now: f64) -> f64 {
        let Some(pace) = self.pace else { return 0.0 };
        let (since, from) = self.pace_from;
        self.step().saturating_sub(from) as f64 * 1000.0 / pace - (now - since)
    }

    /// A piece of the fit. Where a point of the curves is due, or the fit is to stand still, an evaluation follows, and does the rest.
    fn learn(&mut self) {
        let before = self.step();
        self.progress = self.fit.advance();
        let every = self.progress.of.div_ceil(POINTS).max(1) as u64;
        let stepped = self.step() > before;
        if self.over() || (stepped && self.step() / every > before / every) {
            self.exam = Some(Exam::default());
        }
        if stepped && self.reached() {
            self.exam = Some(Exam::default());
        }
    }

    /// Whether it was to stop at this step, if not before.
    fn reached(&self) -> bool {
        matches!(self.until, Until::Step(step) if self.step() >= step)
    }

    /// A chunk of the evaluation of a point, and its consequences when done.
    fn examine(&mut self, out: &mut Vec<FromWorker>) {
        let Some(exam) = &mut self.exam else { return };
        let (data, chunk) = (&self.data, pair::chunk(&self.data));
        let classes = matches!(data.task, Task::Classes(_));
        let mut voice = Voice { model: self.fit.model(), classes, said: &mut self.said_scratch };
        let loss = self.loss.as_ref();
        let done = exam.train.advance_on(&self.judged, data, loss, &mut voice, chunk)
            && exam.validation.advance_on(&data.validation, data, loss, &mut voice, chunk)
            && exam.test.advance(data, loss, &mut voice, chunk);
        if !done {
            return;
        }
        let [train, validation, test] = [&exam.train, &exam.validation, &exam.test].map(|judge| judge.result(&data.task));
        let held_out = data.validation.len > 0;
        self.exam = None;
        let step = self.step();
        self.history.retain(|p| p.step < step);
        self.told = self.told.min(self.history.len());
        self.history.push(MetricPoint {
            step,
            epoch: step as f64,
            train_loss: train.loss,
            train_score: train.score,
            validation_loss: held_out.then_some(validation.loss),
            validation_score: held_out.then_some(validation.score),
            test_loss: Some(test.loss),
            test_score: Some(test.score),
            optimized_score: None,
            lr: 0.0,
        });
        if self.over() && self.playing {
            (self.ending, self.concluded) = (Some(Reason::Finished), true);
            // What was compared while it went on is no last word.
            (self.versus, self.compared) = (None, None);
            self.pause(Reason::Finished, out);
        } else if self.playing && self.reached() {
            self.pause(Reason::StepDone, out);
        } else if !self.playing {
            // Paused meanwhile: what was kept then lacks this point.
            self.say_progress(out, 0.0);
            self.say_checkpoint(out);
        }
    }

    fn wants_comparison(&self, now: f64) -> bool {
        if self.compared == Some(self.step()) {
            return self.stale;
        }
        let rested = now - self.said.compared_ended >= COMPARE_MS.max(3.0 * self.said.compared_took);
        let follows = self.follow && self.measure.is_none() && (rested || !self.playing);
        self.ending.is_some() || self.stale || follows
    }

    fn begin_comparison(&mut self, now: f64, out: &mut Vec<FromWorker>) {
        self.stale = false;
        (self.compared, self.rematch) = (Some(self.step()), None);
        let fitted = (self.fit.model(), self.progress.done, self.step());
        match Versus::new(fitted, self.experiment.clone(), &self.data, self.pair.as_ref(), now) {
            Ok(versus) => self.versus = Some(versus),
            Err(error) => out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) }),
        }
    }

    fn compare(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) {
        let Some(mut versus) = self.versus.take() else { return };
        if !versus.advance(&self.data, clock) {
            self.versus = Some(versus);
            return;
        }
        // A slider that moved meanwhile asks again.
        self.stale |= !versus.is_of(&self.experiment);
        let now = clock.now();
        (self.said.compared_ended, self.said.compared_took) = (now, now - versus.began);
        self.pair = Some(versus.take());
        self.rematch = (self.follow && !self.playing).then(|| Rematch::new(now));
        if self.measure.is_some() {
            // Times of two different pairs do not go into one report.
            self.measure = Some(Measure::new());
        }
        self.say_pair(out);
        if let Some(reason) = self.ending.take_if(|_| !self.stale) {
            self.finish(reason, out);
        }
    }
}
