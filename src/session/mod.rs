//! What a worker does with messages: pure (time and data come from outside), so it is tested natively and drives the command
//! line as well.
//!
//! `handle` takes a message, `advance` does a slice of work, both leave what is to be said in `take`. When `claim` names a data
//! set, whoever drives the session fetches it and hands it to `supply`.

mod accelerator;
mod benchmark;
mod benchmark_gpu;
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
mod run;
mod samples;
mod timeline;
mod unit_maps;
mod view;

use std::{collections::VecDeque, sync::Arc};

use accelerator::Engines;
pub use accelerator::{Accelerator, Status};
pub use clock::Clock;
pub use run::Next;
use run::{Run, RunFault, Until};

use crate::{
    engine::data::{self, Dataset},
    experiment::Experiment,
    protocol::{Bytes, FromWorker, Inspect, PROTOCOL, Reason, RunError, RunId, ToWorker},
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
    /// Messages that wait until the numbers of the run have come back from the GPU.
    later: VecDeque<ToWorker>,
}

/// A start that waits for its data set.
struct Waiting {
    run: RunId,
    experiment: Experiment,
    resume: Option<Bytes>,
    play: bool,
    file: String,
    claimed: bool,
}

impl Session {
    /// A session for a page: comparisons and drawings follow the training. It begins by saying [`FromWorker::Ready`].
    #[must_use]
    pub fn new(clock: Box<dyn Clock>) -> Self {
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
            later: VecDeque::new(),
        }
    }

    /// The same session with something else to train on besides its own engine.
    #[must_use]
    pub fn with(mut self, accelerator: Box<dyn Accelerator>) -> Self {
        self.engines.accelerator = Some(accelerator);
        self
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
        let waiting = self.waiting.as_mut().filter(|w| !w.claimed)?;
        waiting.claimed = true;
        Some(waiting.file.clone())
    }

    /// Hands over the file that [`Session::claim`] named, or why it could not be had. A failed one is no longer wanted.
    pub fn supply(&mut self, key: &str, file: Result<&[u8], String>) {
        let Some(waiting) = self.waiting.take_if(|w| w.file == key) else { return };
        match file.and_then(|bytes| data::files::read(bytes).map_err(|e| e.to_string())) {
            Ok(dataset) => {
                self.data = Some((data::Source::File(key.into()), Arc::new(dataset)));
                self.start(waiting.run, waiting.experiment, waiting.resume, waiting.play);
            }
            Err(reason) => self.fail(Some(waiting.run), RunError::Data { key: key.into(), reason }),
        }
    }

    /// Takes a message. One that needs the run's numbers waits until they are here, and so does all that is said after it.
    pub fn handle(&mut self, message: ToWorker) {
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
                self.start(run, *experiment, resume, play);
            }
            ToWorker::Crash => panic!("a crash was asked for"),
            ToWorker::Cancel(id) => {
                if self.run.as_ref().is_some_and(|r| r.id == id) {
                    self.end_run();
                }
                self.waiting.take_if(|w| w.run == id);
            }
            ToWorker::Engine(wanted) => {
                self.engines.wanted = wanted;
                if let Some(run) = &mut self.run {
                    run.choose(&mut self.engines, &mut self.out);
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
        }
    }

    /// Works for `budget` ms at most (a piece of work may overrun by a few), and says when to come back.
    pub fn advance(&mut self, budget: f64) -> Next {
        let deadline = self.clock.now() + budget;
        let Some(run) = &mut self.run else { return Next::Idle };
        let next = run.advance(deadline, self.clock.as_ref(), &mut self.engines, &mut self.out);
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

    fn start(&mut self, id: RunId, experiment: Experiment, resume: Option<Bytes>, play: bool) {
        let data = match self.dataset(&experiment) {
            Ok(Some(data)) => data,
            Ok(None) => {
                let file = experiment.data.key.clone();
                self.out.push(FromWorker::Loading { run: id, data: file.clone() });
                self.waiting = Some(Waiting { run: id, experiment, resume, play, file, claimed: false });
                return;
            }
            Err(error) => return self.fail(Some(id), RunError::Spec(error)),
        };
        let now = self.clock.now();
        match Run::new(id, experiment, data, resume.as_ref().map(|b| &b.0[..]), self.follow, now) {
            Ok(mut run) => {
                let (model, data) = (describe::model(&run.trainer.network), describe::data(&run.data));
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

    /// The experiment's data, generated or kept from the last run, with its validation samples held out; `None` when its file has to
    /// be fetched first.
    fn dataset(&mut self, experiment: &Experiment) -> Result<Option<Arc<Dataset>>, crate::engine::error::SpecError> {
        let source = data::source(&experiment.data, experiment.train.test_share, experiment.seed)?;
        let kept = self.data.as_ref().filter(|(kept, _)| *kept == source).map(|(_, data)| data.clone());
        let whole = match kept {
            Some(data) => data,
            None => {
                let Some(made) = source.generate()? else { return Ok(None) };
                self.data.insert((source, Arc::new(made))).1.clone()
            }
        };
        let share = experiment.train.validation_share();
        Ok(Some(if share > 0.0 { Arc::new(whole.with_validation(share, experiment.seed)) } else { whole }))
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
            None if self.waiting.as_ref().is_some_and(|w| w.run == id) => {}
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
