//! One run: training, its curves, its moments, and which work comes next.

mod accelerated;
mod answers;
mod backend;
mod benchmark;
mod compare;
mod contrast;
mod exits;
mod importance;
mod lab;
mod recipe;
mod roc;
mod say;
mod sensitivity;
mod text;
mod train;
mod work;

use std::sync::Arc;

use accelerated::Accelerated;
use backend::Stopwatch;
use text::Text;

use super::{
    benchmark::Benchmark,
    build,
    checkpoint::{Best, Checkpoint, Took},
    choice::Facts,
    contrast::Contrast,
    evaluate::Judge,
    exits::Exits,
    importance::Importance,
    lab::Lab,
    made::Made,
    measure::Measure,
    optimize::{self, Chosen, Masking},
    preview::Pair,
    preview::Preview,
    recipe::Recipe,
    rematch::Rematch,
    rest::{Means, Rest},
    roc::Roc,
    sensitivity::Sense,
    teachers::Lessons,
    timeline::Moment,
    timeline::Timeline,
    wanted::Wanted,
};
use crate::{
    engine::{
        catalog::Pick,
        data::Dataset,
        error::SpecError,
        inference::Runner,
        network::Tape,
        packed::PackedModel,
        pruning::{Manual, Schedule},
        train::{Score, Trainer, Turn},
    },
    experiment::{Experiment, Link, WEIGHT},
    protocol::{Backend, EngineReport, FromWorker, Inspect, MetricPoint, Reason, RunError, RunId},
};

/// When a session wants to go on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// At once, after a look at the messages.
    Now,
    /// After so many ms, or at the next message.
    In(f64),
    /// When the accelerator has answered, or at the next message.
    Await,
    /// At the next message.
    Idle,
}

/// How far training goes before it pauses by itself.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Until {
    /// The planned epochs.
    Planned,
    /// This step.
    Step(u64),
    /// The end of the current epoch.
    Epoch,
}

/// An evaluation on the validation samples, where there are any, and then on the test samples.
struct Exam {
    validation: Judge,
    test: Judge,
    /// The weights that are judged.
    params: Vec<f32>,
    /// The model that they make, where quantization-aware training rounds.
    rounded: Option<Runner>,
}

/// Training between two points of the curve.
#[derive(Default)]
struct Window {
    loss: f64,
    samples: usize,
    steps: usize,
    score: Score,
    lr: f32,
}

impl Window {
    /// Counts a step.
    fn note(&mut self, loss: f32, step: &Turn) {
        self.loss += f64::from(loss) * step.samples as f64;
        self.samples += step.samples;
        self.steps += 1;
        self.lr = step.lr;
    }
}

/// When things were last said, ms.
#[derive(Default)]
struct Said {
    progress: f64,
    view: f64,
    checkpoint: f64,
    preview_ended: f64,
    preview_took: f64,
    sense: f64,
}

/// A run.
pub(super) struct Run {
    pub id: RunId,
    /// What it can do beyond training, once that is there.
    pub rest: Option<&'static Rest>,
    pub experiment: Arc<Experiment>,
    pub data: Arc<Dataset>,
    pub trainer: Trainer,
    pub playing: bool,
    until: Until,
    /// At most so many epochs a second.
    pace: Option<f64>,
    watched: usize,
    /// Which weights are sent with each comparison.
    inspected: Option<Inspect>,
    /// Weights pruned or revived by hand, as the experiment says.
    by_hand: Manual,
    /// How many single weights were set by hand.
    weights_set: u32,
    /// The latest finished comparison.
    pub pair: Option<Pair>,
    pub measure: Option<Measure>,
    /// Times of that comparison that are still to be taken in peace.
    rematch: Option<Rematch>,
    benchmark: Option<Benchmark>,
    /// A recipe that is to begin: who asked, its steps, and whether each stage is judged.
    wanted_recipe: Option<(u32, Vec<Pick>, bool)>,
    recipe: Option<Recipe>,
    /// The models that it listens to, before it begins; `None` while they are looked for.
    pub teachers: Option<Vec<PackedModel>>,
    /// What teachers are to be asked before training goes on.
    pub lessons: Option<Box<Lessons>>,
    /// What the last recipe made.
    made: Option<Made>,
    /// Whether answers are to be held against each other, and how far that is.
    contrast: Wanted<Contrast>,
    /// Whether curves are to be drawn over all thresholds, and how far that is.
    roc: Wanted<Roc>,
    /// Whether it is to be measured where samples leave early, and how far that is.
    exits: Wanted<Exits>,
    /// Columns that are shuffled.
    importance: Option<Box<Importance>>,
    /// Whether each layer's width is to be measured; the measurement, and the step it is of.
    pub wants_sense: bool,
    sense: Option<(Box<Sense>, u64)>,
    /// What is found out about training on copies of the model.
    lab: Lab,
    /// What the model is to write.
    text: Option<Box<Text>>,
    history: Vec<MetricPoint>,
    told: usize,
    timeline: Timeline,
    best: Option<Best>,
    window: Window,
    /// The evaluation that ends an epoch; training waits for it.
    exam: Option<Exam>,
    preview: Option<Preview>,
    /// Step whose weights were last compared, successfully or not; `None` where others have taken their place since.
    compared: Option<u64>,
    /// A setting changed, or the run is new: compare at once.
    stale: bool,
    /// Whether comparisons follow the training by themselves (a page looks at them; a command line does not).
    follow: bool,
    /// The run has ended for this reason; the last comparison is still to be made.
    ending: Option<Reason>,
    /// It has ended, and nothing has been trained or brought back since.
    concluded: bool,
    /// What the pruner has chosen to be held at zero while training.
    chosen: Option<Arc<Chosen>>,
    /// It is to choose, anew or for the first time, before training goes on; whether the step that ends with that also ends an epoch.
    choosing: Option<bool>,
    tape: Tape,
    said: Said,
    /// A checkpoint is to be said although nothing trains.
    owed: bool,
    view_step: Option<u64>,
    pace_from: (f64, f64),
    rate_from: (f64, u64),
    dead_told: bool,
    /// Training on the GPU, while it is there.
    gpu: Option<Accelerated>,
    /// Messages wait for the numbers to be at hand: nothing is submitted until they are done with.
    pub halted: bool,
    /// What was found out about the engines.
    facts: Facts,
    stopwatch: Stopwatch,
    /// What trains, and until when that holds, ms.
    backend_chosen: Option<(f64, Backend)>,
    /// What has computed the weights.
    took: Took,
    /// What was last said about the engine.
    engine_said: Option<EngineReport>,
}

impl Run {
    /// A run at its beginning, or where `resume` left off. Without the `rest` it has to be one that needs nothing of it
    /// ([`super::rest::needs_nothing`]). Errors: an experiment that cannot be run on this data; a checkpoint that does not belong to it.
    pub fn new(
        id: RunId,
        experiment: Experiment,
        data: Arc<Dataset>,
        resume: Option<&[u8]>,
        rest: Option<&'static Rest>,
        follow: bool,
        now: f64,
    ) -> Result<Self, RunFault> {
        let means = rest.map_or(&Means::FIRST, |rest| &rest.means);
        let trainer = (means.trainer)(&experiment, &data)?;
        let mut run = Self {
            id,
            rest,
            experiment: Arc::new(experiment),
            data,
            trainer,
            playing: false,
            until: Until::Planned,
            pace: None,
            watched: 0,
            inspected: None,
            by_hand: Manual::default(),
            weights_set: 0,
            chosen: None,
            choosing: None,
            pair: None,
            measure: None,
            rematch: None,
            benchmark: None,
            wanted_recipe: None,
            recipe: None,
            teachers: None,
            lessons: None,
            made: None,
            contrast: Wanted::default(),
            roc: Wanted::default(),
            exits: Wanted::default(),
            importance: None,
            wants_sense: false,
            sense: None,
            lab: Lab::default(),
            text: None,
            history: Vec::new(),
            told: 0,
            timeline: Timeline::default(),
            best: None,
            window: Window::default(),
            exam: None,
            preview: None,
            compared: None,
            stale: follow,
            follow,
            ending: None,
            concluded: false,
            tape: Tape::default(),
            said: Said { progress: now, checkpoint: now, preview_ended: f64::NEG_INFINITY, ..Said::default() },
            owed: false,
            view_step: None,
            pace_from: (now, 0.0),
            rate_from: (now, 0),
            dead_told: false,
            gpu: None,
            halted: false,
            facts: Facts::default(),
            stopwatch: Stopwatch::default(),
            backend_chosen: None,
            took: Took::default(),
            engine_said: None,
        };
        (means.settle)(&mut run, resume)?;
        run.rate_from.1 = run.samples_seen();
        run.remember();
        Ok(run)
    }

    /// Takes over what was pruned by hand, and goes on from a checkpoint where there is one. Errors: a checkpoint that does not belong to this run.
    pub fn settle(&mut self, resume: Option<&[u8]>) -> Result<(), RunFault> {
        self.by_hand = build::by_hand(&self.trainer.network, &self.experiment.hand);
        match resume {
            Some(bytes) => self.resume(bytes).map_err(RunFault::File)?,
            None if self.by_hand.is_empty() => {}
            None => self.hold(),
        }
        Ok(())
    }

    fn resume(&mut self, bytes: &[u8]) -> Result<(), String> {
        let checkpoint = Checkpoint::decode(bytes)?;
        self.trainer.restore(&checkpoint.moment)?;
        let (n, layers) = (self.trainer.params.len(), self.trainer.network.nodes().len());
        if checkpoint.chosen.as_ref().is_some_and(|chosen| chosen.mask.flags().len() != n) {
            return Err("the checkpoint belongs to another network".into());
        }
        let foreign = |best: &Best| best.params.len() != n || !(best.ranges.is_empty() || best.ranges.len() == layers);
        if checkpoint.best.as_ref().is_some_and(foreign) {
            return Err("the checkpoint belongs to another network".into());
        }
        self.history = checkpoint.history;
        self.weights_set = checkpoint.weights_set;
        self.took = checkpoint.took;
        self.best = checkpoint.best;
        self.after_restore(checkpoint.chosen.map(Arc::new)).map_err(|e| e.to_string())
    }

    /// Epochs taken, with fraction.
    pub fn epoch(&self) -> f64 {
        self.samples_seen() as f64 / self.data.train.len.max(1) as f64
    }

    /// Begins or goes on training. A run whose planned epochs are over ends instead, if it has not done so yet: it may have got there
    /// step by step.
    pub fn play(&mut self, until: Until, now: f64, out: &mut Vec<FromWorker>) {
        if until == Until::Planned && self.over() && self.exam.is_none() {
            self.until = until;
            if !self.concluded && self.epoch() > 0.0 {
                self.conclude(out);
            }
            return;
        }
        self.concluded = false;
        self.playing = true;
        self.until = until;
        self.ending = None;
        self.pace_from = (now, self.epoch());
        self.rate_from = (now, self.samples_seen());
    }

    /// Whether the planned epochs are over.
    pub fn over(&self) -> bool {
        self.epoch() >= self.experiment.train.epochs
    }

    /// Limits the speed from now on.
    pub fn set_pace(&mut self, epochs_per_second: Option<f64>, now: f64) {
        self.pace = epochs_per_second;
        self.pace_from = (now, self.epoch());
    }

    /// Asks for a comparison of the weights as they are.
    pub fn compare_again(&mut self) {
        self.preview = None;
        self.stale = true;
    }

    /// Draws test sample `index` through the network from now on.
    pub fn watch(&mut self, index: usize) {
        self.watched = index.min(self.data.test.len.saturating_sub(1));
        self.view_step = None;
    }

    /// Sends these weights with each comparison from now on, and those of the last one at once.
    pub fn inspect(&mut self, inspect: Option<Inspect>, out: &mut Vec<FromWorker>) {
        self.inspected = inspect;
        if let Some(rest) = self.rest {
            (rest.say_weights)(self, out);
        }
    }

    /// Answers what both models say of an input in the data's own units. Errors: an input of another length.
    pub fn predict(&mut self, ask: u32, input: &[f32], out: &mut Vec<FromWorker>) -> Result<(), RunError> {
        let seen = super::samples::seen(&self.data, input)?;
        if let Some(pair) = &mut self.pair {
            let (baseline, optimized) = super::samples::predict(&self.data.task, pair, &seen);
            out.push(FromWorker::Prediction { run: self.id, ask, baseline, optimized });
        }
        Ok(())
    }

    /// Settings changed: takes over what can change mid-run. Errors: a value that cannot be used; nothing has changed then.
    pub fn update(&mut self, experiment: Experiment) -> Result<(), SpecError> {
        build::retune(&mut self.trainer, &self.data, &self.experiment, &experiment)?;
        let old = std::mem::replace(&mut self.experiment, Arc::new(experiment));
        let new = self.experiment.clone();
        let (was, is) = (&old.compress, &new.compress);
        if old.objective() != new.objective() || optimize::rounding(was) != optimize::rounding(is) {
            // Another scale, or another network: what was best says nothing any more.
            self.best = None;
        }
        let hand_changed = old.hand != new.hand;
        if hand_changed {
            self.by_hand = build::by_hand(&self.trainer.network, &new.hand);
            self.view_step = None;
        }
        let (follows, wanted) = (Masking::of(was), Masking::of(is));
        let pruner_changed = was.during != is.during || (is.during != 0 && follows != wanted);
        if pruner_changed {
            // A mask that is still to be chosen will follow the new settings anyway.
            let now = was.during == 0 || self.chosen.is_some();
            self.chosen = if now { self.begin_mask().ok().flatten() } else { None };
        }
        if pruner_changed || hand_changed {
            self.hold();
        }
        let averages = |e: &Experiment| (e.train.average, e.train.average_from);
        if was != is || hand_changed || averages(&old) != averages(&new) || old.objective() != new.objective() || old.model != new.model {
            self.ask();
        }
        Ok(())
    }

    /// Sets a weight by hand; training goes on from it. Errors: a number out of range, a link that is not one living weight.
    pub fn set_weight(&mut self, link: Link, value: f32) -> Result<(), SpecError> {
        WEIGHT.check(f64::from(value))?;
        let refusal = |reason: String| SpecError::Incompatible { field: WEIGHT.key.into(), reason };
        let places: Vec<usize> = self.trainer.network.link(link.layer, link.from, link.to).collect();
        let [at] = places[..] else {
            return Err(refusal(format!("link {link} has {} weights; only a link of one can be set to a number", places.len())));
        };
        if self.trainer.held().get(at) == Some(&0.0) {
            return Err(refusal(format!("link {link} is pruned, and so held at zero; revive it first")));
        }
        self.trainer.set(at, value);
        self.weights_set += 1;
        // The moment to return to is the one with the new weight.
        self.remember();
        (self.compared, self.view_step) = (None, None);
        self.ask();
        Ok(())
    }

    /// Holds at zero what was pruned by hand, and what the pruner has chosen.
    /// What was best under another mask is no yardstick any more.
    fn hold(&mut self) {
        let keep = optimize::keep(self.chosen.as_deref(), &self.by_hand, self.trainer.params.len());
        if keep != self.trainer.held() {
            self.best = None;
        }
        self.trainer.hold(keep);
    }

    /// What the pruner chooses of the weights as they are, where it is time for that: settings have changed. Errors: it refuses them.
    fn begin_mask(&self) -> Result<Option<Arc<Chosen>>, SpecError> {
        let Some(rest) = self.rest.filter(|_| self.schedule().begun(self.epoch())) else { return Ok(None) };
        (rest.choose_mask)(self, None).map(|chosen| Some(Arc::new(chosen)))
    }

    /// When the pruner chooses while training.
    fn schedule(&self) -> Schedule {
        self.experiment.compress.schedule(self.experiment.train.epochs)
    }

    /// Whether the pruner is to choose at the end of a step that came from `before` samples.
    fn mask_due(&self, before: u64) -> bool {
        self.schedule().due(before, self.trainer.place().seen, self.data.train.len as u64, self.chosen.is_some())
    }

    /// Lets the pruner choose, once the rest is there, and what follows the step after which it does.
    fn choose_due_mask(&mut self, out: &mut Vec<FromWorker>) {
        let (Some(rest), Some(epoch_done)) = (self.rest, self.choosing) else { return };
        self.choosing = None;
        // Settings may have changed while it waited.
        if self.schedule().begun(self.epoch()) {
            match (rest.choose_mask)(self, self.chosen.as_deref()) {
                Ok(chosen) => {
                    self.chosen = Some(Arc::new(chosen));
                    self.hold();
                }
                Err(error) => out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) }),
            }
        }
        self.after_step(epoch_done, out);
    }

    /// Whether nothing can go on until the rest is there.
    pub fn waits_for_rest(&self) -> bool {
        self.choosing.is_some() && self.rest.is_none()
    }

    /// Keeps the moment, to return to.
    fn remember(&mut self) {
        self.timeline.push(Moment { snapshot: self.trainer.snapshot(), chosen: self.chosen.clone() });
    }

    /// Settings or weights changed by hand: a run that stands still keeps them soon, one that trains does so anyway.
    pub fn owe_checkpoint(&mut self) {
        self.owed = !self.playing;
    }

    /// Asks for a comparison with the settings as they are now. One under way that was asked for is finished first.
    fn ask(&mut self) {
        self.preview.take_if(|p| !p.asked);
        self.stale = true;
    }

    /// What has to follow whenever other weights take the place of those that training left: nothing that belongs to those stays,
    /// and the mask is what the settings of now ask for: `chosen`, what the pruner had chosen when they were kept, where it followed the same settings.
    /// If it had not chosen, it does when it is time. Errors: settings that the pruner refuses.
    fn after_restore(&mut self, chosen: Option<Arc<Chosen>>) -> Result<(), SpecError> {
        let epoch = self.epoch();
        self.land();
        self.window = Window::default();
        (self.exam, self.preview) = (None, None);
        self.concluded = false;
        (self.compared, self.view_step) = (None, None);
        self.stale = true;
        self.rate_from.1 = self.samples_seen();
        // The best of a future that was left is no best.
        self.best.take_if(|b| b.epoch > epoch);
        self.choosing = None;
        let wanted = Masking::of(&self.experiment.compress);
        let refused = match chosen.filter(|_| self.experiment.compress.during != 0) {
            Some(other) if other.by != wanted => {
                let found = self.begin_mask();
                self.chosen = found.as_ref().ok().cloned().flatten();
                found.err()
            }
            same => {
                self.chosen = same;
                None
            }
        };
        self.hold();
        refused.map_or(Ok(()), Err)
    }

    /// To the kept moment nearest to `step`; the curves end there.
    pub fn scrub(&mut self, step: u64) -> Result<u64, String> {
        let Some(moment) = self.timeline.nearest(step).cloned() else { return Ok(self.trainer.step_count()) };
        self.trainer.restore(&moment.snapshot)?;
        (self.playing, self.ending) = (false, None);
        self.after_restore(moment.chosen).map_err(|e| e.to_string())?;
        Ok(moment.snapshot.step)
    }

    /// Stands still, says why, and keeps the moment.
    pub fn pause(&mut self, reason: Reason, out: &mut Vec<FromWorker>) {
        self.playing = false;
        if reason != Reason::Diverged && self.window.samples > 0 && self.exam.is_none() {
            if !self.sound() {
                return self.diverged(out);
            }
            self.point(None);
        }
        self.say_progress(out, 0.0);
        out.push(FromWorker::State { run: self.id, playing: false, reason: Some(reason) });
        if matches!(reason, Reason::Paused | Reason::StepDone) {
            self.keep_moment(out);
        }
    }

    fn samples_seen(&self) -> u64 {
        self.reached().1
    }
}

/// Why a run could not begin.
pub(super) enum RunFault {
    /// Something about the experiment.
    Spec(SpecError),
    /// Something about the checkpoint.
    File(String),
}

impl From<SpecError> for RunFault {
    fn from(error: SpecError) -> Self {
        Self::Spec(error)
    }
}

#[cfg(test)]
mod learning_tests;
#[cfg(test)]
mod pruning_tests;
#[cfg(test)]
mod tests;
