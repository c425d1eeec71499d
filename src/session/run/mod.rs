//! One run: training, its curves, its moments, and which work comes next.

mod say;
mod train;
mod work;

use std::sync::Arc;

use super::{
    checkpoint::Checkpoint, evaluate::Judge, measure::Measure, optimize, preview::Pair, preview::Preview, timeline::Timeline, view,
};
use crate::{
    engine::{
        data::Dataset,
        error::SpecError,
        inference::Runner,
        network::Tape,
        pruning::Manual,
        train::{Score, Trainer},
    },
    experiment::{Experiment, link},
    protocol::{FromWorker, MetricPoint, Reason, RunError, RunId},
};

/// When a session wants to go on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// At once, after a look at the messages.
    Now,
    /// After so many ms, or at the next message.
    In(f64),
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

/// Early stopping: the best weights so far.
struct Best {
    loss: f32,
    epoch: f64,
    params: Vec<f32>,
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

/// When things were last said, ms.
#[derive(Default)]
struct Said {
    progress: f64,
    view: f64,
    checkpoint: f64,
    preview_ended: f64,
    preview_took: f64,
}

/// A run.
pub(super) struct Run {
    pub id: RunId,
    pub experiment: Experiment,
    /// The experiment as a link, for the model file.
    link: String,
    pub data: Arc<Dataset>,
    pub trainer: Trainer,
    pub playing: bool,
    until: Until,
    /// At most so many epochs a second.
    pace: Option<f64>,
    watched: usize,
    /// Weights pruned or revived by hand.
    by_hand: Manual,
    /// The latest finished comparison.
    pub pair: Option<Pair>,
    pub measure: Option<Measure>,
    history: Vec<MetricPoint>,
    told: usize,
    timeline: Timeline,
    best: Option<Best>,
    window: Window,
    /// The test evaluation that ends an epoch; training waits for it.
    exam: Option<(Judge, Runner)>,
    preview: Option<Preview>,
    /// A setting changed, or the run is new: compare at once.
    stale: bool,
    /// Whether comparisons follow the training by themselves (a page looks at them; a command line does not).
    follow: bool,
    /// The run has ended for this reason; the last comparison is still to be made.
    ending: Option<Reason>,
    /// The mask of pruning while training is chosen at the next end of an epoch.
    choose_mask: bool,
    tape: Tape,
    said: Said,
    view_step: Option<u64>,
    pace_from: (f64, f64),
    rate_from: (f64, u64),
    dead_told: bool,
}

impl Run {
    /// A run at its beginning, or where `resume` left off. Errors: an experiment that cannot be run on this data; a
    /// checkpoint that does not belong to it.
    pub fn new(
        id: RunId,
        experiment: Experiment,
        data: Arc<Dataset>,
        resume: Option<&[u8]>,
        follow: bool,
        now: f64,
    ) -> Result<Self, RunFault> {
        let trainer = super::build::trainer(&experiment, &data)?;
        let mut run = Self {
            id,
            choose_mask: experiment.compress.during != 0,
            link: link::encode(&experiment),
            experiment,
            data,
            trainer,
            playing: false,
            until: Until::Planned,
            pace: None,
            watched: 0,
            by_hand: Manual::default(),
            pair: None,
            measure: None,
            history: Vec::new(),
            told: 0,
            timeline: Timeline::default(),
            best: None,
            window: Window::default(),
            exam: None,
            preview: None,
            stale: follow,
            follow,
            ending: None,
            tape: Tape::default(),
            said: Said { progress: now, checkpoint: now, ..Said::default() },
            view_step: None,
            pace_from: (now, 0.0),
            rate_from: (now, 0),
            dead_told: false,
        };
        if let Some(bytes) = resume {
            run.resume(bytes).map_err(RunFault::File)?;
        }
        run.rate_from.1 = run.samples_seen();
        run.timeline.push(run.trainer.snapshot());
        Ok(run)
    }

    fn resume(&mut self, bytes: &[u8]) -> Result<(), String> {
        let checkpoint = Checkpoint::decode(bytes)?;
        self.trainer.restore(&checkpoint.moment)?;
        let n = self.trainer.params.len();
        if checkpoint.best.as_ref().is_some_and(|b| b.2.len() != n) {
            return Err("the checkpoint belongs to another network".into());
        }
        self.history = checkpoint.history;
        self.by_hand = checkpoint.by_hand;
        self.best = checkpoint.best.map(|(loss, epoch, params)| Best { loss, epoch, params });
        self.choose_mask &= self.trainer.held().is_empty();
        Ok(())
    }

    /// Epochs taken, with fraction.
    pub fn epoch(&self) -> f64 {
        self.trainer.epoch(self.data.train.len)
    }

    /// Begins or goes on training.
    pub fn play(&mut self, until: Until, now: f64) {
        if self.until == Until::Planned && until == Until::Planned && self.epoch() >= self.experiment.train.epochs {
            return;
        }
        self.playing = true;
        self.until = until;
        self.ending = None;
        self.pace_from = (now, self.epoch());
        self.rate_from = (now, self.samples_seen());
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

    /// Answers what both models say of an input in the data's own units. Errors: an input of another length.
    pub fn predict(&mut self, ask: u32, input: &[f32], out: &mut Vec<FromWorker>) -> Result<(), RunError> {
        let wanted = self.data.shape.len();
        if input.len() != wanted {
            return Err(RunError::Message(format!("an input has {} values, this data {wanted}", input.len())));
        }
        if let Some(pair) = &mut self.pair {
            let (baseline, optimized) = super::samples::predict(&self.data.task, pair, &super::samples::seen(&self.data, input));
            out.push(FromWorker::Prediction { run: self.id, ask, baseline, optimized });
        }
        Ok(())
    }

    /// Settings changed: takes over what can change mid-run. Errors: a value that cannot be used; nothing has changed then.
    pub fn update(&mut self, experiment: Experiment) -> Result<(), SpecError> {
        super::build::retune(&mut self.trainer, &self.data, &self.experiment, &experiment)?;
        let (old, new) = (&self.experiment.compress, &experiment.compress);
        let mask_changed = old.during != new.during || (new.during != 0 && (old.sparsity != new.sparsity || old.pruner != new.pruner));
        self.link = link::encode(&experiment);
        self.experiment = experiment;
        if mask_changed {
            self.hold()?;
        }
        self.preview = None;
        self.stale = true;
        Ok(())
    }

    /// Prunes or revives by hand.
    pub fn mask(&mut self, layer: usize, from: usize, to: usize, keep: bool) -> Result<(), SpecError> {
        for row in view::link_rows(&self.trainer.network, layer, from) {
            self.by_hand.set(&self.trainer.network, layer, row, to, keep);
        }
        self.hold()?;
        self.changed();
        Ok(())
    }

    /// Chooses anew which parameters are held at zero.
    fn hold(&mut self) -> Result<(), SpecError> {
        self.choose_mask = false;
        let keep = optimize::keep(&self.trainer.network, &self.trainer.params, &self.experiment.compress, &self.by_hand)?;
        self.trainer.hold(keep);
        Ok(())
    }

    /// The weights are others than those last compared and drawn.
    fn changed(&mut self) {
        self.preview = None;
        self.stale = true;
        self.view_step = None;
    }

    /// To the kept moment nearest to `step`; the curves end there.
    pub fn scrub(&mut self, step: u64) -> Result<u64, String> {
        let Some(moment) = self.timeline.nearest(step).cloned() else { return Ok(self.trainer.step_count()) };
        self.trainer.restore(&moment)?;
        (self.playing, self.ending, self.exam) = (false, None, None);
        self.window = Window::default();
        self.rate_from.1 = self.samples_seen();
        self.changed();
        Ok(moment.step)
    }

    /// Stands still, says why, and keeps the moment.
    pub fn pause(&mut self, reason: Reason, out: &mut Vec<FromWorker>) {
        self.playing = false;
        if reason != Reason::Diverged && self.window.samples > 0 && self.exam.is_none() {
            self.point(None);
        }
        self.say_progress(out, 0.0);
        out.push(FromWorker::State { run: self.id, playing: false, reason: Some(reason) });
        if matches!(reason, Reason::Paused | Reason::StepDone) {
            self.say_checkpoint(out);
        }
    }

    fn samples_seen(&self) -> u64 {
        (self.epoch() * self.data.train.len as f64).round() as u64
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
