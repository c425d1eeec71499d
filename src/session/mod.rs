//! What a worker does with messages: pure (time and data come from outside), so it is tested natively and drives the command
//! line as well.
//!
//! `handle` takes a message, `advance` does a slice of work, both leave what is to be said in `take`. When `claim` names a data
//! set, whoever drives the session fetches it and hands it to `supply`. A session may begin without its rest ([`Session::bare`]); when
//! `need` says so, whoever drives it loads that and hands it to `complete`.

mod accelerator;
mod benchmark;
mod build;
mod checkpoint;
mod choice;
mod clock;
mod describe;
mod evaluate;
mod export;
mod forms;
mod histogram;
mod latency;
mod measure;
mod optimize;
mod preview;
mod rest;
mod run;
mod samples;
mod timeline;
mod unit_maps;
mod view;

use std::{collections::VecDeque, sync::Arc};

use accelerator::Engines;
pub use accelerator::{Accelerator, Status};
pub use clock::Clock;
use rest::{Means, needs_nothing, needs_rest};
pub use rest::{Need, Rest};
pub use run::Next;
use run::{Run, RunFault, Until};

use crate::{
    engine::{
        data::{self, Dataset},
        error::SpecError,
    },
    experiment::Experiment,
    protocol::{self, Bytes, FromWorker, Inspect, PROTOCOL, Reason, RunError, RunId, ToWorker},
};

pub use crate::kernels::lanes::ENGINE;

/// A worker's mind.
pub struct Session {
    clock: Box<dyn Clock>,
    follow: bool,
    out: Vec<FromWorker>,
    run: Option<Run>,
    waiting: Option<Waiting>,
    data: Option<(data::Source, Arc<Dataset>)>,
    /// Most epochs a second.
    pace: Option<f64>,
    /// Which weights the page looks at.
    inspect: Option<Inspect>,
    engines: Engines,
    /// What else it can do, once that is there.
    rest: Option<&'static Rest>,
    wanted: Wanted,
    /// Messages that wait until the numbers of the run have come back from the GPU, or for the rest.
    later: VecDeque<ToWorker>,
}

/// Whether the rest is on its way.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    /// Nobody has asked yet.
    No,
    /// It is to be asked for.
    Yes(Need),
    /// It has been asked for.
    Coming,
    /// It did not come. It is asked for again when something needs it.
    Failed,
}

/// What to start.
struct Start {
    run: RunId,
    experiment: Experiment,
    resume: Option<Bytes>,
    play: bool,
}

impl Start {
    /// Whether it can do without the rest of the session.
    fn needs_nothing(&self, engines: &Engines) -> bool {
        self.resume.is_none() && engines.wanted != protocol::Wanted::Gpu && needs_nothing(&self.experiment)
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
            waiting: None,
            data: None,
            pace: None,
            inspect: None,
            engines: Engines::default(),
            rest: None,
            wanted: Wanted::No,
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
        match file.and_then(|bytes| data::files::read(bytes).map_err(|e| e.to_string())) {
            Ok(dataset) => {
                self.data = Some((data::Source::File(key.into()), Arc::new(dataset)));
                self.start(waiting.start);
            }
            Err(reason) => self.fail(Some(waiting.start.run), RunError::Data { key: key.into(), reason }),
        }
    }

    /// How soon the rest is needed, said once. It has to be answered with [`Session::complete`].
    pub fn need(&mut self) -> Option<Need> {
        let Wanted::Yes(need) = self.wanted else { return None };
        self.wanted = Wanted::Coming;
        Some(need)
    }

    /// Hands over the rest; `None`: it could not be loaded. What waits for it is acted on then, or refused, and what runs goes on either way.
    pub fn complete(&mut self, rest: Option<&'static Rest>) {
        let later = std::mem::take(&mut self.later);
        let Some(rest) = rest else {
            self.wanted = Wanted::Failed;
            let waiting = self.waiting.take_if(|w| !w.start.needs_nothing(&self.engines));
            let run = waiting.map(|w| w.start.run).or(self.run.as_ref().map(|run| run.id));
            return self.fail(run, RunError::Incomplete);
        };
        self.rest = Some(rest);
        if let Some(run) = &mut self.run {
            run.rest = Some(rest);
        }
        if let Some(waiting) = self.waiting.take_if(|w| w.file.is_none()) {
            self.start(waiting.start);
        }
        later.into_iter().for_each(|message| self.handle(message));
    }

    fn want(&mut self, need: Need) {
        match self.wanted {
            _ if self.rest.is_some() => {}
            Wanted::Coming => {}
            Wanted::Yes(sooner) => self.wanted = Wanted::Yes(sooner.max(need)),
            Wanted::No | Wanted::Failed => self.wanted = Wanted::Yes(need),
        }
    }

    /// Takes a message. One that needs the run's numbers waits until they are here, one that needs the rest for that, and so does all that is
    /// said after it.
    pub fn handle(&mut self, message: ToWorker) {
        if self.rest.is_none() && (needs_rest(&message) || (needs_numbers(&message) && !self.later.is_empty())) {
            self.want(Need::Now);
            return self.later.push_back(message);
        }
        if let Some(run) = &mut self.run
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
        match message {
            ToWorker::Start { run, experiment, resume, play } => {
                self.end_run();
                self.waiting = None;
                self.start(Start { run, experiment: *experiment, resume, play });
            }
            ToWorker::Crash => panic!("a crash was asked for"),
            ToWorker::Cancel(id) => {
                if self.run.as_ref().is_some_and(|r| r.id == id) {
                    self.end_run();
                }
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
            ToWorker::Complete => self.want(Need::Now),
            message => {
                if let Some(rest) = self.rest {
                    (rest.act)(self, message);
                }
            }
        }
    }

    /// What [`Session::handle`] does with a message that [`needs_rest`].
    fn act_later(&mut self, message: ToWorker) {
        let now = self.clock.now();
        match message {
            ToWorker::Update { run, experiment } => self.with_run(run, |run, out| {
                let by_hand = run.experiment.hand != experiment.hand;
                run.update(*experiment).map_err(RunError::Spec)?;
                run.owe_checkpoint();
                out.push(FromWorker::Updated { run: run.id });
                if by_hand {
                    // A click is not to be lost by a reload that follows at once.
                    run.say_checkpoint(out);
                }
                Ok(())
            }),
            ToWorker::Scrub { run, step } => self.with_run(run, |run, out| {
                run.scrub(step).map_err(RunError::File)?;
                run.pause(Reason::Paused, out);
                Ok(())
            }),
            ToWorker::SetWeight { run, link, value } => self.with_run(run, |run, out| {
                run.set_weight(link, value).map_err(RunError::Spec)?;
                if !run.playing {
                    run.say_checkpoint(out);
                }
                Ok(())
            }),
            ToWorker::Compare(id) => self.with_run(id, |run, _| {
                run.compare_again();
                Ok(())
            }),
            ToWorker::Measure(id) => self.with_run(id, |run, _| {
                run.measure = Some(measure::Measure::new());
                Ok(())
            }),
            ToWorker::Benchmark(id) => self.with_run(id, |run, _| {
                run.begin_benchmark();
                Ok(())
            }),
            ToWorker::StopBenchmark(id) => self.with_run(id, |run, out| {
                run.stop_benchmark(now, out);
                Ok(())
            }),
            ToWorker::Predict { run, ask, input } => self.with_run(run, |run, out| run.predict(ask, &input.to_vec(), out)),
            ToWorker::Cell { run, actual, predicted, optimized } => self.with_run(run, |run, out| {
                if let Some(pair) = &mut run.pair {
                    let (total, samples) = samples::cell(&run.data, pair, actual, predicted, optimized);
                    out.push(FromWorker::Samples { run: run.id, actual, predicted, total, samples });
                }
                Ok(())
            }),
            ToWorker::Export { run, form } => self.with_run(run, |run, out| {
                let (name, bytes) = export::file(run, form)?;
                out.push(FromWorker::File { run: run.id, name, bytes: Bytes(bytes) });
                Ok(())
            }),
            // All others are acted on without the rest.
            _ => {}
        }
    }

    /// Works for `budget` ms at most (a piece of work may overrun by a few), and says when to come back.
    pub fn advance(&mut self, budget: f64) -> Next {
        let deadline = self.clock.now() + budget;
        let Some(run) = &mut self.run else { return Next::Idle };
        let next = run.advance(deadline, self.clock.as_ref(), &mut self.engines, &mut self.out);
        if self.rest.is_none() && self.wanted == Wanted::No {
            if !run.playing {
                self.wanted = Wanted::Yes(Need::Now);
            } else if run.has_shown() {
                self.wanted = Wanted::Yes(Need::Soon);
            }
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
        self.later.clear();
    }

    /// Begins a run, or waits for what it takes.
    fn start(&mut self, start: Start) {
        let Experiment { data: pick, train, seed, .. } = &start.experiment;
        let found = data::source(pick, train.test_share, *seed).and_then(|source| Ok((self.dataset(&source)?, source)));
        let (data, source) = match found {
            Ok(found) => found,
            Err(error) => return self.fail(Some(start.run), RunError::Spec(error)),
        };
        let suffices = self.rest.is_some() || start.needs_nothing(&self.engines);
        if !suffices {
            self.want(Need::Now);
        }
        let data = match (data, source) {
            (Some(data), _) if suffices => data,
            (data, source) => {
                let file = if let (None, data::Source::File(key)) = (data, source) { Some((key, false)) } else { None };
                self.out.push(FromWorker::Loading { run: start.run, data: pick.key.clone() });
                self.waiting = Some(Waiting { start, file });
                return;
            }
        };
        let share = train.validation_share();
        let data = if share > 0.0 { Arc::new(data.with_validation(share, *seed)) } else { data };
        let Start { run: id, experiment, resume, play } = start;
        let now = self.clock.now();
        match Run::new(id, experiment, data, resume.as_ref().map(|b| &b.0[..]), self.rest, self.follow, now) {
            Ok(mut run) => {
                let (model, data) =
                    (describe::model(&run.trainer.network), describe::data(&run.data, &(self.means().baselines)(&run.data)));
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

    /// The whole data set of a source, generated or kept from the last run; `None` when its file, or what generates it, has to be fetched first.
    fn dataset(&mut self, source: &data::Source) -> Result<Option<Arc<Dataset>>, SpecError> {
        if let Some((_, data)) = self.data.as_ref().filter(|(kept, _)| kept == source) {
            return Ok(Some(data.clone()));
        }
        let Some(made) = (self.means().generate)(source)? else { return Ok(None) };
        Ok(Some(self.data.insert((source.clone(), Arc::new(made))).1.clone()))
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
    )
}
