//! How the model of a run answers, where it was a trial.

use super::Run;
use crate::{
    engine::error::SpecError,
    protocol::Answers,
    session::{build, trial},
};

impl Run {
    /// How the fp32 model of the latest comparison answers; `None` before the first. Errors: a loss that does not exist.
    pub fn answers(&mut self) -> Result<Option<Answers>, SpecError> {
        let loss = build::loss(&self.experiment, &self.data)?;
        Ok(self.pair.as_mut().map(|pair| trial::answers(&self.data, pair, loss.as_ref())))
    }
}
