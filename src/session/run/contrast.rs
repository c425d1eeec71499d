//! What compression breaks, where a panel asks for it.

use super::{Next, Run};
use crate::{
    engine::{data::Task, error::SpecError},
    protocol::{FromWorker, Late, RunError},
    session::contrast::Contrast,
};

impl Run {
    /// The answers of both models of the latest comparison, or of the first that comes, are to be held against each other. Errors: a regression, which has no classes.
    pub fn begin_contrast(&mut self) -> Result<(), RunError> {
        if matches!(self.data.task, Task::Value { .. }) {
            let reason = "only answers that are classes can change: this data set asks for a number".into();
            return Err(RunError::Spec(SpecError::Incompatible { field: "data".into(), reason }));
        }
        self.contrast.ask();
        Ok(())
    }

    /// A slice of that; `None` where nobody waits for it.
    pub(super) fn contrast(&mut self, out: &mut Vec<FromWorker>) -> Option<Next> {
        let pair = self.pair.as_mut().filter(|_| self.contrast.is_wanted())?;
        if let Some(contrast) = self.contrast.on(pair.step, &pair.experiment, Contrast::default).advance(&self.data, pair) {
            self.contrast.done();
            out.push(FromWorker::Late(Late::Contrast { run: self.id, step: pair.step, contrast }));
        }
        Some(Next::Now)
    }
}
