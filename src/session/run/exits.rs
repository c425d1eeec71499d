//! Where samples leave early, where a panel asks for it.

use super::{Next, Run};
use crate::{
    engine::error::SpecError,
    protocol::{FromWorker, Late, RunError},
    session::exits::Exits,
};

impl Run {
    /// It is to be measured where samples leave the optimized model of the latest comparison, or of the first that comes. Errors: a model that has no exits.
    pub fn begin_exits(&mut self) -> Result<(), RunError> {
        if self.trainer.network.exits().next().is_none() {
            let reason = "samples go to the end: this model has no early exits".into();
            return Err(RunError::Spec(SpecError::Incompatible { field: "exit".into(), reason }));
        }
        self.exits.ask();
        Ok(())
    }

    /// A slice of that; `None` where nobody waits for it.
    pub(super) fn leaving(&mut self, out: &mut Vec<FromWorker>) -> Option<Next> {
        let pair = self.pair.as_mut().filter(|_| self.exits.is_wanted())?;
        if let Some(exits) = self.exits.on(pair.step, &pair.experiment, || Exits::new(pair)).advance(&self.data, pair) {
            self.exits.done();
            out.push(FromWorker::Late(Late::Exits { run: self.id, step: pair.step, exits }));
        }
        Some(Next::Now)
    }
}
