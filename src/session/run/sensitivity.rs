//! How much each layer's width matters, where a panel asks for it.

use super::{Next, Run};
use crate::{
    protocol::{FromWorker, Late, RunError, Sensing},
    session::{accelerator::Engines, sensitivity::Sense},
};

impl Run {
    /// A slice of the measurement; `None` where nobody waits for it.
    pub(super) fn sense(&mut self, now: f64, engines: &mut Engines, out: &mut Vec<FromWorker>) -> Option<Next> {
        if self.wants_sense {
            // It is of the numbers of now.
            if !self.bring(engines) {
                return Some(Next::Await);
            }
            self.wants_sense = false;
            match Sense::new(&self.trainer.network, self.trainer.weights(), &self.experiment, &self.data) {
                Ok(sense) => self.sense = Some((Box::new(sense), self.trainer.step_count())),
                Err(error) => out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) }),
            }
        }
        let (sense, step) = self.sense.as_mut()?;
        match sense.advance(&self.trainer.network, &self.data) {
            Ok(news) => {
                let (step, done) = (*step, matches!(news, Sensing::Done(_)));
                if done {
                    self.sense = None;
                }
                if done || now - self.said.sense >= 100.0 {
                    self.said.sense = now;
                    out.push(FromWorker::Late(Late::Sensitivity { run: self.id, step, news }));
                }
            }
            Err(error) => {
                self.sense = None;
                out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) });
            }
        }
        Some(Next::Now)
    }
}
