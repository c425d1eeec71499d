//! A run that stands aside while something is found out about training on copies of its model.

use super::{Next, Run};
use crate::{
    protocol::{FromWorker, LabNews, LabWish, Late, RunError},
    session::{
        accelerator::Engines,
        clock::Clock,
        lab::{self, Bench},
    },
};

/// News are said at the pace of the eye, ms.
const NEWS_MS: f64 = 100.0;

impl Run {
    /// From now on this is found out, and training waits. What is under way is dropped.
    pub fn ask_lab(&mut self, wish: LabWish, now: f64, out: &mut Vec<FromWorker>) {
        match wish {
            LabWish::Pause(paused) => self.lab.paused = paused,
            LabWish::Stop => {
                self.lab.wanted = None;
                if self.lab.work.take().is_some() {
                    self.leave_lab(now, out);
                }
            }
            wish => {
                self.lab.wanted = Some(wish);
                (self.lab.work, self.lab.paused) = (None, false);
            }
        }
    }

    /// A slice of the lab's work; `None` where there is none, or it stands still.
    pub(super) fn experiment_aside(&mut self, clock: &dyn Clock, engines: &mut Engines, out: &mut Vec<FromWorker>) -> Option<Next> {
        if self.lab.wanted.is_some() {
            // It is of the numbers of now.
            if !self.bring(engines) {
                return Some(Next::Await);
            }
            let wish = self.lab.wanted.take()?;
            let bench = Bench { trainer: &self.trainer, experiment: &self.experiment, data: &self.data, timeline: &self.timeline };
            match lab::begin(&wish, &bench) {
                Ok(work) => self.lab.work = work,
                Err(error) => {
                    self.leave_lab(clock.now(), out);
                    out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) });
                }
            }
            return Some(Next::Now);
        }
        if self.lab.paused {
            return None;
        }
        let work = self.lab.work.as_mut()?;
        let bench = Bench { trainer: &self.trainer, experiment: &self.experiment, data: &self.data, timeline: &self.timeline };
        match work.advance(&bench, clock) {
            Ok(done) => {
                let now = clock.now();
                if done || now - self.lab.said >= NEWS_MS {
                    self.lab.said = now;
                    out.push(FromWorker::Late(Late::Lab { run: self.id, news: work.news() }));
                }
                if done {
                    self.lab.work = None;
                    // Nobody waits for the epochs that were not trained meanwhile.
                    self.pace_from = (now, self.epoch());
                }
            }
            Err(error) => {
                self.lab.work = None;
                self.leave_lab(clock.now(), out);
                out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) });
            }
        }
        Some(Next::Now)
    }

    fn leave_lab(&mut self, now: f64, out: &mut Vec<FromWorker>) {
        self.pace_from = (now, self.epoch());
        out.push(FromWorker::Late(Late::Lab { run: self.id, news: LabNews::Stopped }));
    }
}
