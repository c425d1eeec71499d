//! Trials: runs on some of the samples of their data set, and how such a run answers. Whoever asks for them (a cross-validation, a learning curve, a decomposition of the error) has many,
//! in sessions that do nothing else.

use super::{
    Session, Start,
    course::Course,
    evaluate::{Judge, Judged},
    samples::Both,
};
use crate::{
    engine::{
        data::{Dataset, Source, Task},
        error::SpecError,
        losses::Loss,
    },
    experiment::Experiment,
    protocol::{Answers, RunError, RunId, Trial},
};

/// Samples that are judged at a time.
const CHUNK: usize = 128;

/// One side of a pair.
struct Baseline<'a>(&'a mut dyn Both);

impl Judged for Baseline<'_> {
    fn run<'a>(&'a mut self, x: &'a [f32], batch: usize) -> &'a [f32] {
        self.0.say(0, x, batch)
    }
}

/// What the fp32 model of a pair answers to the test samples, and how it is judged on all training samples. All at once: whoever asks has nothing else to do.
pub(super) fn answers(data: &Dataset, pair: &mut dyn Both, loss: &dyn Loss) -> Answers {
    let mut train = Judge::default();
    while !train.advance_on(&data.train, data, loss, &mut Baseline(pair), CHUNK) {}
    let judge = pair.judge(0);
    let (given, actual) = match &data.task {
        Task::Classes(_) => {
            (judge.predicted.iter().map(|c| f32::from(*c)).collect(), data.test.classes.iter().map(|c| *c as f32).collect())
        }
        Task::Value { shift, scale, .. } => {
            let own = |values: &[f32]| values.iter().map(|v| v / scale + shift).collect();
            (own(&judge.values), own(&data.test.values))
        }
    };
    Answers { train: train.result(&data.task), test: judge.result(&data.task), given, actual }
}

impl Session {
    /// Begins a run on some of the samples; whatever runs ends.
    pub(super) fn begin_trial(&mut self, run: RunId, experiment: Experiment, trial: Trial) {
        self.end_run();
        self.waiting = None;
        self.start(Start { run, experiment, resume: None, play: true, trial: Some(trial) });
    }

    /// The samples of a trial's data set. Errors: as [`Selection::picks`](crate::engine::data::Selection::picks), or as those of a table.
    pub(super) fn selected(&mut self, source: &Source, trial: &Trial, data: &Dataset) -> Result<Dataset, SpecError> {
        let picks = trial.selection.picks(data)?;
        match (source, &self.tables) {
            (Source::Table(source), Some(tables)) => tables.selected(source, &picks),
            _ => Ok(data.selected(&picks)),
        }
    }

    /// How the run that has ended answers. Errors: there is none, or it has come to no model yet.
    pub(super) fn answer(&mut self, id: RunId) -> Result<Answers, RunError> {
        let none = || RunError::Message("the run has come to no model yet".into());
        match (&mut self.run, &mut self.course) {
            (Some(run), _) if run.id == id => run.answers().map_err(RunError::Spec)?.ok_or_else(none),
            (_, Some(course)) if course.id() == id => Course::answers(course.as_mut()).ok_or_else(none),
            _ => Err(RunError::NoRun(id.0)),
        }
    }
}
