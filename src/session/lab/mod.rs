//! The optimizer lab: what is found out about training on copies of the model, a slice at a time.

mod checkup;
mod lap;
mod rates;
mod snapshots;
mod spread;
mod sums;
mod surface;
mod walk;

use std::sync::Arc;

use super::{clock::Clock, timeline::Timeline};
use crate::{
    engine::{
        data::Dataset,
        error::SpecError,
        train::{Snapshot, Trainer},
    },
    experiment::Experiment,
    protocol::{LabNews, LabWish},
};

/// What the run of a lab has at hand.
pub(super) struct Bench<'a> {
    pub trainer: &'a Trainer,
    pub experiment: &'a Arc<Experiment>,
    pub data: &'a Arc<Dataset>,
    pub timeline: &'a Timeline,
}

impl Bench<'_> {
    /// Moments of the run up to now, by rising step.
    fn path(&self) -> impl Iterator<Item = &Snapshot> {
        let now = self.trainer.step_count();
        self.timeline.moments().map(|m| &m.snapshot).filter(move |m| m.step < now)
    }
}

/// Something under way in the lab.
pub(super) trait Work: Send {
    /// A slice, a few milliseconds long. True when all is done. Errors: what cannot be done on this model.
    fn advance(&mut self, bench: &Bench<'_>, clock: &dyn Clock) -> Result<bool, SpecError>;

    /// Where it stands.
    fn news(&self) -> LabNews;
}

/// The lab of a run.
#[derive(Default)]
pub(super) struct Lab {
    /// What is to begin.
    pub wanted: Option<LabWish>,
    /// What is under way.
    pub work: Option<Box<dyn Work>>,
    /// It stands still.
    pub paused: bool,
    /// When news were last said, ms.
    pub said: f64,
}

/// Begins what is asked for. Errors: it cannot be done on this model.
pub(super) fn begin(wish: &LabWish, bench: &Bench<'_>) -> Result<Option<Box<dyn Work>>, SpecError> {
    Ok(match *wish {
        LabWish::Rates { steps, fresh } => Some(Box::new(rates::Test::new(steps, fresh, bench)?)),
        LabWish::Lap { epochs, lr } => Some(Box::new(lap::Race::new(epochs, lr, bench)?)),
        LabWish::Surface { size, path } => Some(Box::new(surface::Sounding::new(size, path, bench)?)),
        LabWish::Checkup => Some(Box::new(checkup::Look::new(bench)?)),
        LabWish::Walk { sample, draw } => Some(Box::new(walk::Step::new(sample, draw, bench)?)),
        LabWish::Snapshots { members } => Some(Box::new(snapshots::Cycles::new(members, bench)?)),
        LabWish::Pause(_) | LabWish::Stop => None,
    })
}
