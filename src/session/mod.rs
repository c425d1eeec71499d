//! What a worker does with messages: pure (time and data come from outside), so it is tested natively and drives the command
//! line as well.
//!
//! `handle` takes a message, `advance` does a slice of work, both leave what is to be said in `take`. When `claim` names a data
//! set, whoever drives the session fetches it and hands it to `supply`. A session may begin without its rest ([`Session::bare`]); when
//! `need` says so, whoever drives it loads that and hands it to `complete`.

mod accelerator;
mod benchmark;
mod benchmark_gpu;
mod build;
mod checkpoint;
mod choice;
mod clock;
mod contrast;
mod course;
mod describe;
mod evaluate;
mod exits;
mod export;
mod features;
mod forms;
mod histogram;
mod importance;
mod inputs;
mod lab;
mod latency;
mod learner;
mod made;
mod measure;
mod optimize;
mod preview;
mod recipe;
mod rematch;
mod rest;
mod roc;
mod run;
mod samples;
mod sensitivity;
mod tables;
mod teachers;
mod timeline;
mod trial;
mod unit_maps;
mod view;
mod wanted;

use std::{collections::VecDeque, sync::Arc};

use accelerator::Engines;
pub use accelerator::{Accelerator, Status};
pub use clock::Clock;
use course::Course;
pub use rest::Rest;
use rest::{Means, Sought, needs_nothing, needs_rest};
pub use run::Next;
use run::{Run, RunFault, Until};
use tables::Tables;

use crate::{
    engine::{
        data::{self, Dataset},
        error::SpecError,
    },
    experiment::Experiment,
    protocol::{Bytes, FromWorker, Inspect, PROTOCOL, Reason, RunError, RunId, ToWorker, Trial, Wanted, pack_first},
};

pub use crate::kernels::lanes::ENGINE;

/// A worker's mind.
pub struct Session {
    clock: Box<dyn Clock>,
    follow: bool,
    out: Vec<FromWorker>,
    run: Option<Run>,
    /// A run that trains no network, in place of `run`.
    course: Option<Box<dyn Course>>,
    waiting: Option<Waiting>,
    data: Option<(data::Source, Arc<Dataset>)>,
    /// Files of the reader's own.
    tables: Option<Box<dyn Tables>>,
    /// Model files of teachers, by checksum.
    models: Vec<(String, Bytes)>,
    /// Most epochs a second.
    pace: Option<f64>,
    /// Which weights the page looks at.
    inspect: Option<Inspect>,
    engines: Engines,
    /// What else it can do, once that is there.
    rest: Option<&'static Rest>,
    asked: Asked,
    /// Messages that wait until the numbers of the run have come back from the GPU, or for the rest.
    later: VecDeque<ToWorker>,
}

/// Whether the rest is on its way.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    /// Nothing has needed it yet.
    No,
    /// It is to be asked for.
    Due,
    /// It has been asked for.
    UnderWay,
    /// It did not come. It is asked for again when something needs it.
    Failed,
}

/// What to start.
struct Start {
    run: RunId,
    experiment: Experiment,
    resume: Option<Bytes>,
    play: bool,
    /// It learns from some of the samples.
    trial: Option<Trial>,
}

impl Start {
    /// Where its data comes from.
    fn source(&self) -> Result<data::Source, SpecError> {
        self.trial.map_or_else(|| self.experiment.source(), |trial| Experiment { seed: trial.seed, ..self.experiment.clone() }.source())
    }

    /// Whether it can do without the rest of the session.
    fn needs_nothing(&self, engines: &Engines) -> bool {
        self.resume.is_none() && self.trial.is_none() && engines.wanted != Wanted::Gpu && needs_nothing(&self.experiment)
    }
}

/// A start that waits for its data set, or for the rest of the session.
struct Waiting {
    start: Start,
    /// The file that it waits for, and whether that was claimed.
    file: Option<(String, bool)>,
}

impl Session {
    /// A session for a page: comparisons and drawings follow the training. It begins by saying [`FromWorker::Ready`].
    #[must_use]
    pub fn new(clock: Box<dyn Clock>) -> Self {
        Self { rest: Some(Rest::all()), ..Self::bare(clock) }
    }

    /// The same without its rest, which has to be brought when [`Session::need`] says so.
    #[must_use]
    pub fn bare(clock: Box<dyn Clock>) -> Self {
        let ready = FromWorker::Ready { protocol: PROTOCOL, engine: ENGINE.to_string() };
        Self {
            clock,
            follow: true,
            out: vec![ready],
            run: None,
            course: None,
            waiting: None,
            data: None,
            tables: None,
            models: Vec::new(),
            pace: None,
            inspect: None,
            engines: Engines::default(),
            rest: None,
            asked: Asked::No,
            later: VecDeque::new(),
        }
    }

    /// The same session with something else to train on besides its own engine.
    #[must_use]
    pub fn with(mut self, accelerator: Box<dyn Accelerator>) -> Self {
        self.accelerate(accelerator);
        self
    }

    /// From now on there is something else to train on.
    pub fn accelerate(&mut self, accelerator: Box<dyn Accelerator>) {
        self.engines.accelerator = Some(accelerator);
    }

    /// A session for a command line: nothing is drawn, and the only comparison is the one that ends the run. What it says
    /// then depends on the experiment alone, not on the clock.
    #[must_use]
    pub fn headless(clock: Box<dyn Clock>) -> Self {
        Self { follow: false, ..Self::new(clock) }
    }

    /// What is to be said since the last call.
    pub fn take(&mut self) -> Vec<FromWorker> {
        std::mem::take(&mut self.out)
    }

    /// The key of the data set without which the run cannot begin, said once per wait.
    pub fn claim(&mut self) -> Option<String> {
        let (file, claimed) = self.waiting.as_mut()?.file.as_mut().filter(|(_, claimed)| !claimed)?;
        *claimed = true;
        Some(file.clone())
    }

    /// Hands over the file that [`Session::claim`] named, or why it could not be had. A failed one is no longer wanted.
    pub fn supply(&mut self, key: &str, file: Result<&[u8], String>) {
        let Some(waiting) = self.waiting.take_if(|w| w.file.as_ref().is_some_and(|(file, _)| file == key)) else { return };
        let taken = file.and_then(|bytes| match (waiting.start.source(), self.rest) {
            (Ok(data::Source::Table(source)), Some(rest)) => (rest.bundled_table)(self, &source, bytes),
            (Ok(data::Source::Text(source)), Some(rest)) => (rest.text)(self, source, bytes),
            _ => {
                let dataset = data::files::read(bytes).map_err(|e| e.to_string())?;
                self.data = Some((data::Source::File(key.into()), Arc::new(dataset)));
                Ok(())
            }
        });
        match taken {
            Ok(()) => self.start(waiting.start),
            Err(reason) => self.fail(Some(waiting.start.run), RunError::Data { key: key.into(), reason }),
        }
    }

    /// Whether the rest is needed, said once. It has to be answered with [`Session::complete`].
    pub fn need(&mut self) -> bool {
        let due = self.asked == Asked::Due;
        if due {
            self.asked = Asked::UnderWay;
        }
        due
    }

    /// The bytes of a message that the session has said. Errors: in words.
    pub fn pack(&self, message: &FromWorker) -> Result<Vec<u8>, String> {
        self.rest.map_or_else(|| pack_first(message), |rest| (rest.pack)(message))
    }

    /// Hands over the rest; `None`: it could not be loaded. What waits for it is acted on then, or refused but for changes of settings, and what
    /// runs goes on either way.
    pub fn complete(&mut self, rest: Option<&'static Rest>) {
        let Some(rest) = rest else {
            self.asked = Asked::Failed;
            self.later.retain(|message| matches!(message, ToWorker::Update { .. }));
            let waiting = self.waiting.take_if(|w| !w.start.needs_nothing(&self.engines));
            let run = waiting.map(|w| w.start.run).or(self.run.as_ref().map(|run| run.id));
            return self.fail(run, RunError::Incomplete);
        };
        self.rest = Some(rest);
        if let Some(run) = &mut self.run {
            run.rest = Some(rest);
        }
        let later = std::mem::take(&mut self.later);
        if let Some(waiting) = self.waiting.take_if(|w| w.file.is_none()) {
            self.start(waiting.start);
        }
        later.into_iter().for_each(|message| self.handle(message));
    }

    /// Has the rest asked for, unless it is there or under way.
    fn ask_for_rest(&mut self) {
        if self.rest.is_none() && self.asked != Asked::UnderWay {
            self.asked = Asked::Due;
        }
    }

    /// Takes a message. One that needs the run's numbers waits until they are here, one that needs the rest for that, and so does all that is
    /// said after it.
    pub fn handle(&mut self, message: ToWorker) {
        if self.rest.is_none() {
            // Where the rest failed, a pause does not wait for it.
            let queued = !self.later.is_empty() && self.asked != Asked::Failed;
            if needs_rest(&message) || (needs_numbers(&message) && queued) {
                self.ask_for_rest();
                return self.later.push_back(message);
            }
        }
        if let Some(run) = &mut self.run
            && self.rest.is_some()
            && needs_numbers(&message)
            && (!self.later.is_empty() || !run.bring(&mut self.engines))
        {
            run.halted = true;
            return self.later.push_back(message);
        }
        self.act(message);
    }

    fn act(&mut self, message: ToWorker) {
        let now = self.clock.now();
        let message = match &mut self.course {
            Some(course) => match course.act(message, now, &mut self.out) {
                Some(message) => message,
                None => return,
            },
            None => message,
        };
        match message {
            ToWorker::Start { run, experiment, resume, play } => {
                self.end_run();
                self.waiting = None;
                self.start(Start { run, experiment: *experiment, resume, play, trial: None });
            }
            ToWorker::Crash => panic!("a crash was asked for"),
            ToWorker::Cancel(id) => {
                if self.run.as_ref().is_some_and(|r| r.id == id) {
                    self.end_run();
                }
                self.course.take_if(|c| c.id() == id);
                self.waiting.take_if(|w| w.start.run == id);
            }
            ToWorker::Engine(wanted) => {
                self.engines.wanted = wanted;
                if let (Some(run), Some(rest)) = (&mut self.run, self.rest) {
                    (rest.choose)(run, &mut self.engines, &mut self.out);
                }
            }
            ToWorker::Pause(id) => self.with_run(id, |run, out| {
                run.pause(Reason::Paused, out);
                Ok(())
            }),
            ToWorker::Resume(id) => self.play(id, Until::Planned, now),
            ToWorker::Step { run, steps } => {
                let at = self.run.as_ref().map_or(0, |r| r.trainer.step_count());
                self.play(run, Until::Step(at + steps), now);
            }
            ToWorker::Epoch(id) => self.play(id, Until::Epoch, now),
            ToWorker::Pace(pace) => {
                self.pace = pace;
                if let Some(run) = &mut self.run {
                    run.set_pace(pace, now);
                }
            }
            ToWorker::Inspect(inspect) => {
                self.inspect = inspect;
                if let Some(run) = &mut self.run {
                    run.inspect(inspect, &mut self.out);
                }
            }
            ToWorker::Watch { run, sample } => self.with_run(run, |run, _| {
                run.watch(sample);
                Ok(())
            }),
            ToWorker::Complete => self.ask_for_rest(),
            message => {
                if let Some(rest) = self.rest {
                    (rest.act)(self, message);
                }
            }
        }
    }

    /// Works for `budget` ms at most (a piece of work may overrun by a few), and says when to come back.
    pub fn advance(&mut self, budget: f64) -> Next {
        let deadline = self.clock.now() + budget;
        if let Some(rest) = self.rest
            && self.tables.as_ref().is_some_and(|tables| tables.busy())
        {
            (rest.read_table)(self, deadline);
            return Next::Now;
        }
        if let Some(course) = &mut self.course {
            return course.advance(deadline, self.clock.as_ref(), &mut self.out);
        }
        let Some(run) = &mut self.run else { return Next::Idle };
        let next = run.advance(deadline, self.clock.as_ref(), &mut self.engines, &mut self.out);
        if self.rest.is_none() && self.asked == Asked::No && (!run.playing || run.waits_for_rest()) {
            // Nothing is left but to compare, or the pruner is to choose.
            self.asked = Asked::Due;
        }
        if !(run.halted && run.at_hand()) {
            return next;
        }
        run.halted = false;
        std::mem::take(&mut self.later).into_iter().for_each(|message| self.act(message));
        Next::Now
    }

    /// Nothing of the run is left, nor of what waited for it.
    fn end_run(&mut self) {
        if let Some(mut run) = self.run.take() {
            run.leave(&mut self.engines);
        }
        self.course = None;
        self.later.clear();
    }

    /// Begins a run, or waits for what it takes.
    fn start(&mut self, start: Start) {
        let Experiment { data: pick, seed, .. } = &start.experiment;
        let (data, source) = match start.source().and_then(|source| Ok((self.dataset(start.run, &source)?, source))) {
            Ok(found) => found,
            Err(error) => return self.fail(Some(start.run), RunError::Spec(error)),
        };
        let suffices = self.rest.is_some() || start.needs_nothing(&self.engines);
        if !suffices {
            self.ask_for_rest();
        }
        let data = match data {
            Ok(data) if suffices => data,
            data => {
                let file = data.err().flatten().map(|key| (key, false));
                self.out.push(FromWorker::Loading { run: start.run, data: pick.key.clone() });
                self.waiting = Some(Waiting { start, file });
                return;
            }
        };
        let data = match start.trial.zip(self.rest).map(|(trial, rest)| (rest.selected)(self, &source, &trial, &data)) {
            Some(Ok(selected)) => Arc::new(selected),
            Some(Err(error)) => return self.fail(Some(start.run), RunError::Spec(error)),
            None => data,
        };
        let data = match self.rest.filter(|_| !start.experiment.damage.none()).map(|rest| (rest.damage)(&data, &start.experiment)) {
            Some(Ok(damaged)) => Arc::new(damaged),
            Some(Err(error)) => return self.fail(Some(start.run), RunError::Spec(error)),
            None => data,
        };
        let share = start.experiment.validation_share();
        let plain = if share > 0.0 { Arc::new(data.with_validation(share, *seed)) } else { data };
        let data = match self.rest {
            Some(rest) if !start.experiment.features.is_empty() => match (rest.features)(&start.experiment, &plain) {
                Ok(data) => Arc::new(data),
                Err(error) => return self.fail(Some(start.run), RunError::Spec(error)),
            },
            _ => plain.clone(),
        };
        let baselines = (self.means().baselines)(&plain, start.experiment.damage.none());
        if let Some(rest) = self.rest.filter(|_| !start.experiment.is_network()) {
            return (rest.begin_course)(self, start, data, &baselines);
        }
        let lessons = match self.rest.filter(|_| start.experiment.train.distill > 0.0) {
            None => None,
            Some(rest) => match (rest.lessons)(self, &start, &data) {
                Ok(Some(lessons)) => Some(lessons),
                Ok(None) => {
                    self.out.push(FromWorker::Loading { run: start.run, data: start.experiment.data.key.clone() });
                    self.waiting = Some(Waiting { start, file: None });
                    return;
                }
                Err(error) => return self.fail(Some(start.run), RunError::Spec(error)),
            },
        };
        let follow = self.follow && start.trial.is_none();
        let Start { run: id, experiment, resume, play, .. } = start;
        let now = self.clock.now();
        match Run::new(id, experiment, data, resume.as_ref().map(|b| &b.0[..]), self.rest, follow, now) {
            Ok(mut run) => {
                run.lessons = lessons;
                let (model, data) = (describe::model(&run.trainer.network), describe::data(&run.data, &baselines));
                self.out.push(FromWorker::Started { run: id, model, data, step: run.trainer.step_count() });
                run.say_history(&mut self.out);
                run.set_pace(self.pace, now);
                run.inspect(self.inspect, &mut self.out);
                if play && !run.over() {
                    run.play(Until::Planned, now, &mut self.out);
                }
                let reason = (!run.playing).then_some(if run.over() { Reason::Finished } else { Reason::Paused });
                self.out.push(FromWorker::State { run: id, playing: run.playing, reason });
                self.run = Some(run);
            }
            Err(RunFault::Spec(error)) => self.fail(Some(id), RunError::Spec(error)),
            Err(RunFault::File(reason)) => self.fail(Some(id), RunError::File(reason)),
        }
    }

    /// The whole data set of a source, generated or kept from the last run. Otherwise what generates or reads it has to come first, or its file, which is named
    /// where it is to be fetched.
    fn dataset(&mut self, run: RunId, source: &data::Source) -> Result<Sought<Arc<Dataset>>, SpecError> {
        if let Some((_, data)) = self.data.as_ref().filter(|(kept, _)| kept == source) {
            return Ok(Ok(data.clone()));
        }
        let made = match (source, self.rest) {
            (data::Source::File(key), _) => Err(Some(key.clone())),
            // Without the rest nobody could read it.
            (data::Source::Text(text), Some(_)) => Err(Some(text.key.clone())),
            (data::Source::Table(source), Some(rest)) => (rest.table_data)(self, run, source)?,
            _ => (self.means().generate)(source)?.ok_or(None),
        };
        Ok(made.map(|made| self.data.insert((source.clone(), Arc::new(made))).1.clone()))
    }

    fn means(&self) -> &'static Means {
        self.rest.map_or(&Means::FIRST, |rest| &rest.means)
    }

    fn play(&mut self, id: RunId, until: Until, now: f64) {
        self.with_run(id, |run, out| {
            run.play(until, now, out);
            let reason = (!run.playing).then_some(Reason::Finished);
            out.push(FromWorker::State { run: run.id, playing: run.playing, reason });
            Ok(())
        });
    }

    fn with_run(&mut self, id: RunId, act: impl FnOnce(&mut Run, &mut Vec<FromWorker>) -> Result<(), RunError>) {
        match self.run.as_mut().filter(|r| r.id == id) {
            Some(run) => {
                if let Err(error) = act(run, &mut self.out) {
                    self.fail(Some(id), error);
                }
            }
            None if self.waiting.as_ref().is_some_and(|w| w.start.run == id) => {}
            None => self.fail(Some(id), RunError::NoRun(id.0)),
        }
    }

    fn fail(&mut self, run: Option<RunId>, error: RunError) {
        self.out.push(FromWorker::Failed { run, error });
    }
}

/// Whether a message is about the run's weights, or its place in the training.
fn needs_numbers(message: &ToWorker) -> bool {
    use ToWorker as M;
    matches!(
        message,
        M::Pause(_)
            | M::Resume(_)
            | M::Step { .. }
            | M::Epoch(_)
            | M::Update { .. }
            | M::Scrub { .. }
            | M::SetWeight { .. }
            | M::Export { .. }
            | M::Keep(_)
    )
}
