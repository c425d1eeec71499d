//! What each column of a table is to the models, where a panel asks for it.

use super::{Next, Run};
use crate::{
    protocol::{FromWorker, ImportanceNews, Late, RunError},
    session::{clock::Clock, evaluate, importance::Importance},
};

impl Run {
    /// Columns are to be shuffled for both models of the latest comparison, or of the first that comes; or that is to stop. Errors: data without columns.
    pub fn ask_importance(&mut self, wanted: bool, out: &mut Vec<FromWorker>) -> Result<(), RunError> {
        if wanted {
            self.importance = Some(Box::new(Importance::new(&self.data, self.experiment.seed).map_err(RunError::Spec)?));
        } else if self.importance.take().is_some() {
            self.say_importance(ImportanceNews::Stopped, out);
        }
        Ok(())
    }

    /// A slice of that; `None` where nobody waits for it. Training waits.
    pub(super) fn shuffle_columns(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) -> Option<Next> {
        let (work, pair) = (self.importance.as_mut()?, self.pair.as_mut()?);
        let of = (pair.step, &pair.experiment.clone());
        let (news, done) = work.advance(of, pair, evaluate::chunk(&self.trainer.network), clock);
        if let Some(news) = news {
            self.say_importance(news, out);
        }
        if done {
            self.importance = None;
            // Nobody waits for the epochs that were not trained meanwhile.
            self.pace_from = (clock.now(), self.epoch());
        }
        Some(Next::Now)
    }

    fn say_importance(&self, news: ImportanceNews, out: &mut Vec<FromWorker>) {
        let step = self.pair.as_ref().map_or(0, |pair| pair.step);
        out.push(FromWorker::Late(Late::Importance { run: self.id, step, news }));
    }
}
