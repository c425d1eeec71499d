//! A run of a learner: fitted in pieces, judged along the way, made small and compared, as the session drives it.
//!
//! It says what a network's run says, in the same messages, so that curves, cards, tables and charts need not know the difference. What it is made of goes into
//! [`Late::Learner`]. A fit is a pure function of data, settings and seed: to go back, or to go on after a reload, it is fitted anew up to that step
//! (docs/decisions/0018-learner-runs.md).

mod checkpoint;
mod pair;
mod requests;
mod say;
mod work;

use std::sync::Arc;

use checkpoint::Checkpoint;
use pair::{Measure, Pair, Versus};

use super::{
    Next, Session, Start, clock::Clock, contrast::Contrast, course::Course, describe, evaluate::Judge, importance::Importance,
    rematch::Rematch, roc::Roc, trial, wanted::Wanted,
};
use crate::{
    engine::{
        data::{Dataset, Samples, Task, baseline::Baseline, text::is_text},
        error::SpecError,
        learners::{self, Fit, Progress, Table},
        losses::Loss,
    },
    experiment::{Experiment, LEARNER},
    protocol::{Answers, FromWorker, Inspect, MetricPoint, Reason, RunError, RunId, ToWorker},
};

/// Most training samples that a point of the curves is judged on.
const JUDGED: usize = 1024;

/// How far fitting goes before it pauses by itself.
#[derive(Clone, Copy, PartialEq)]
enum Until {
    /// Its end.
    Planned,
    /// This step.
    Step(u64),
}

/// An evaluation of the model as it stands, on training, validation and test samples in turn.
#[derive(Default)]
struct Exam {
    train: Judge,
    validation: Judge,
    test: Judge,
}

/// When things were last said, ms.
#[derive(Default)]
struct Said {
    progress: f64,
    checkpoint: f64,
    compared_ended: f64,
    compared_took: f64,
}

/// A run of a learner.
pub(super) struct LearnerRun {
    id: RunId,
    experiment: Arc<Experiment>,
    data: Arc<Dataset>,
    /// Training samples as learners see them.
    table: Arc<Table>,
    /// Those that points of the curves are judged on.
    judged: Samples,
    loss: Box<dyn Loss>,
    fit: Box<dyn Fit>,
    progress: Progress,
    /// Up to which step it is fitted anew before anything else.
    again: u64,
    playing: bool,
    until: Until,
    /// Most steps a second, and from when and where that counts.
    pace: Option<f64>,
    pace_from: (f64, u64),
    exam: Option<Exam>,
    history: Vec<MetricPoint>,
    told: usize,
    /// Whether comparisons follow the fit by themselves.
    follow: bool,
    /// A setting changed, or the run is new: compare at once.
    stale: bool,
    /// The step that was compared last.
    compared: Option<u64>,
    versus: Option<Versus>,
    pair: Option<Pair>,
    measure: Option<Measure>,
    /// Times of the comparison that are still to be taken in peace.
    rematch: Option<Rematch>,
    contrast: Wanted<Contrast>,
    roc: Wanted<Roc>,
    /// Columns that are shuffled.
    importance: Option<Importance>,
    /// The run has ended for this reason; the last comparison is still to be made.
    ending: Option<Reason>,
    /// It has ended, and nothing was brought back since.
    concluded: bool,
    watched: usize,
    /// The tree that is looked at.
    looked_at: usize,
    said: Said,
    owed: bool,
    said_scratch: Vec<f32>,
}

/// Begins a run in `session` on data of which simple methods reach `baselines`, or says why it cannot.
pub(super) fn begin(session: &mut Session, start: Start, data: Arc<Dataset>, baselines: &[Baseline]) {
    let follow = session.follow && start.trial.is_none();
    let Start { run: id, experiment, resume, play, .. } = start;
    let now = session.clock.now();
    let resume = match resume.map(|bytes| Checkpoint::decode(&bytes.0)).transpose() {
        Ok(resume) => resume,
        Err(reason) => return session.fail(Some(id), RunError::File(reason)),
    };
    let mut run = match LearnerRun::new(id, experiment, data, follow, now) {
        Ok(run) => run,
        Err(error) => return session.fail(Some(id), RunError::Spec(error)),
    };
    if let Some(Checkpoint { step, history, .. }) = resume {
        (run.again, run.history) = (step, history);
    }
    run.look(session.inspect);
    run.pace = session.pace;
    let data = describe::data(&run.data, baselines);
    session.out.push(FromWorker::Started { run: id, model: run.model_report(), data, step: run.again });
    session.out.push(run.engine_report(session.engines.wanted));
    run.say_progress(&mut session.out, 0.0);
    if play {
        run.play(Until::Planned, now);
    }
    session.out.push(FromWorker::State { run: id, playing: run.playing, reason: (!run.playing).then_some(Reason::Paused) });
    session.course = Some(Box::new(run));
}

impl LearnerRun {
    /// A run at its beginning. Errors: settings that cannot be used, or a learner that cannot learn from this data.
    fn new(id: RunId, experiment: Experiment, data: Arc<Dataset>, follow: bool, now: f64) -> Result<Self, SpecError> {
        experiment.validate()?;
        if learners::FOR_CLASSES.contains(&experiment.learner.key.as_str()) && matches!(data.task, Task::Value { .. }) {
            let reason = "this learner tells classes apart, and this data set asks for a number: choose another";
            return Err(SpecError::Incompatible { field: LEARNER.into(), reason: reason.into() });
        }
        if is_text(&data.key) {
            let reason = "learners take the numbers of characters for magnitudes, and would learn that b lies between a and c: a network with an embedding reads text";
            return Err(SpecError::Incompatible { field: LEARNER.into(), reason: reason.into() });
        }
        let table = Arc::new(Table::of(&data.train, data.shape.len(), &data.task));
        let fit = fit(&experiment, &table)?;
        Ok(Self {
            id,
            experiment: Arc::new(experiment),
            judged: spread(&data.train, data.shape.len()),
            loss: pair::loss(&data.task)?,
            table,
            data,
            fit,
            progress: Progress { done: 0, of: 1, unit: "", finished: false },
            again: 0,
            playing: false,
            until: Until::Planned,
            pace: None,
            pace_from: (now, 0),
            exam: None,
            history: Vec::new(),
            told: 0,
            follow,
            stale: follow,
            compared: None,
            versus: None,
            pair: None,
            measure: None,
            rematch: None,
            contrast: Wanted::default(),
            roc: Wanted::default(),
            importance: None,
            ending: None,
            concluded: false,
            watched: 0,
            looked_at: 0,
            said: Said { progress: now, checkpoint: now, ..Said::default() },
            owed: false,
            said_scratch: Vec::new(),
        })
    }

    /// Steps done.
    fn step(&self) -> u64 {
        self.progress.done as u64
    }

    /// Whether the fit is over.
    fn over(&self) -> bool {
        self.progress.finished
    }

    /// Begins or goes on fitting, as far as `until`.
    fn play(&mut self, until: Until, now: f64) {
        if self.over() && self.concluded {
            return;
        }
        self.playing = true;
        self.until = until;
        self.ending = None;
        self.pace_from = (now, self.step().max(self.again));
    }

    /// Notes which tree is looked at.
    fn look(&mut self, inspect: Option<Inspect>) {
        self.looked_at = inspect.and_then(|inspect| inspect.layer).unwrap_or(0);
    }

    /// To this step: what was fitted beyond it is forgotten, and what comes before is fitted anew. Errors: none that a run that began has not had.
    fn scrub(&mut self, step: u64) -> Result<(), SpecError> {
        if step < self.step() {
            self.fit = fit(&self.experiment, &self.table)?;
            self.progress = Progress { done: 0, finished: false, ..self.progress };
        }
        self.again = step;
        (self.playing, self.ending, self.exam, self.versus, self.compared) = (false, None, None, None, None);
        self.stale = true;
        self.concluded = false;
        Ok(())
    }
}

impl Course for LearnerRun {
    fn id(&self) -> RunId {
        self.id
    }

    fn answers(&mut self) -> Option<Answers> {
        let pair = self.pair.as_mut()?;
        Some(trial::answers(&self.data, pair, self.loss.as_ref()))
    }

    fn act(&mut self, message: ToWorker, now: f64, out: &mut Vec<FromWorker>) -> Option<ToWorker> {
        self.take(message, now, out)
    }

    fn advance(&mut self, deadline: f64, clock: &dyn Clock, out: &mut Vec<FromWorker>) -> Next {
        loop {
            let next = self.work(clock, out);
            let now = clock.now();
            self.report(now, out);
            if next != Next::Now || now >= deadline {
                return next;
            }
        }
    }
}

/// The fit of an experiment's learner. Errors: settings that cannot be used, a table that it cannot learn from.
fn fit(experiment: &Experiment, table: &Arc<Table>) -> Result<Box<dyn Fit>, SpecError> {
    let at = |error: SpecError| {
        let known = error.field() == LEARNER || error.field().starts_with("learner.");
        if known { error } else { error.clone().at(&format!("{LEARNER}.{}", error.field())) }
    };
    learners::build(&experiment.learner).map_err(at)?.fit(table, experiment.seed).map_err(at)
}

/// At most [`JUDGED`] of the samples, spread evenly.
fn spread(samples: &Samples, width: usize) -> Samples {
    let len = samples.len.min(JUDGED);
    let at: Vec<usize> = (0..len).map(|i| i * samples.len / len.max(1)).collect();
    Samples {
        len,
        inputs: at.iter().flat_map(|i| &samples.inputs[i * width..(i + 1) * width]).copied().collect(),
        classes: if samples.classes.is_empty() { Vec::new() } else { at.iter().map(|i| samples.classes[*i]).collect() },
        values: if samples.values.is_empty() { Vec::new() } else { at.iter().map(|i| samples.values[*i]).collect() },
    }
}
