//! ROC and precision-recall curves, where a panel asks for them.

use super::{Next, Run};
use crate::{
    engine::{data::Task, error::SpecError},
    protocol::{FromWorker, Late, RunError},
    session::roc::Roc,
};

impl Run {
    /// Curves of both models of the latest comparison, or of the first that comes, are to be drawn. Errors: a regression, which has no classes.
    pub fn begin_roc(&mut self) -> Result<(), RunError> {
        if matches!(self.data.task, Task::Value { .. }) {
            let reason = "only a class can be told from the rest at a threshold: this data set asks for a number".into();
            return Err(RunError::Spec(SpecError::Incompatible { field: "data".into(), reason }));
        }
        self.roc.ask();
        Ok(())
    }

    /// A slice of that; `None` where nobody waits for it.
    pub(super) fn roc(&mut self, out: &mut Vec<FromWorker>) -> Option<Next> {
        let pair = self.pair.as_mut().filter(|_| self.roc.is_wanted())?;
        if let Some(roc) = self.roc.on(pair.step, &pair.experiment, Roc::default).advance(&self.data, pair) {
            self.roc.done();
            out.push(FromWorker::Late(Late::Roc { run: self.id, step: pair.step, roc }));
        }
        Some(Next::Now)
    }
}
