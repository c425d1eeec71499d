//! One run: training, its curves, its moments, and which work comes next.

use std::sync::Arc;

use super::{
    checkpoint::Checkpoint,
    clock::Clock,
    describe,
    evaluate::Judge,
    measure::Measure,
    optimize,
    preview::{Pair, Preview, Setting},
    timeline::Timeline,
    view,
};
use crate::{
    engine::{
        data::Dataset,
        error::SpecError,
        inference::Runner,
        network::Tape,
        packed::PackedModel,
        pruning::Manual,
        train::{Score, Trainer},
    },
    experiment::Experiment,
    protocol::{Bytes, FromWorker, Health, MetricPoint, Reason, RunError, RunId, Summary, Topic},
};

/// Progress is reported at the pace of the eye, ms.
const PROGRESS_MS: f64 = 100.0;
/// The network is drawn at most this often, ms.
const VIEW_MS: f64 = 200.0;
/// A checkpoint is kept this often, ms.
const CHECKPOINT_MS: f64 = 5000.0;
/// While training, comparisons take at most a quarter of the time, and begin at most this often, ms.
const PREVIEW_MS: f64 = 700.0;
/// The test loss is taken at the first end of an epoch after so many training samples.
const SAMPLES_PER_TEST: usize = 1024;
/// Points of the training curve per epoch, for sets that are larger than that.
const POINTS_PER_EPOCH: usize = 20;

/// Longest rest between two looks at the clock, ms.
const MOST_REST_MS: f64 = 50.0;

/// After divergence, moments whose loss is more than so many times the lowest count as already lost.
const CLIMB: f32 = 3.0;
/// So do moments with a weight of this size.
const LARGE_WEIGHT: f32 = 1e3;

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

    /// Does some work until `deadline`, and says when more is due.
    pub fn advance(&mut self, deadline: f64, clock: &dyn Clock, out: &mut Vec<FromWorker>) -> Next {
        loop {
            let next = self.work(clock, out);
            self.report(clock.now(), out);
            if next != Next::Now || clock.now() >= deadline {
                return next;
            }
        }
    }

    /// The most urgent piece of work, a few milliseconds long.
    fn work(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) -> Next {
        if self.exam.is_some() {
            self.examine(out);
            return Next::Now;
        }
        if self.wants_preview(clock.now()) {
            self.start_preview(clock, out);
        }
        if self.preview.is_some() {
            self.compare(clock, out);
            return Next::Now;
        }
        if let (Some(measure), Some(pair)) = (&mut self.measure, &mut self.pair) {
            if let Some(latency) = measure.advance(pair, &self.data, clock) {
                self.measure = None;
                out.push(FromWorker::Measured { run: self.id, latency });
            }
            return Next::Now;
        }
        if !self.playing {
            return self.view_due();
        }
        let ahead = self.ahead_of_pace(clock.now());
        if ahead > 0.0 {
            return Next::In(ahead.min(MOST_REST_MS));
        }
        self.train(out);
        Next::Now
    }

    /// How many ms training is ahead of its pace.
    fn ahead_of_pace(&self, now: f64) -> f64 {
        let Some(pace) = self.pace else { return 0.0 };
        let (since, from) = self.pace_from;
        (self.epoch() - from) * 1000.0 / pace - (now - since)
    }

    /// A run that stands still has work left only while a drawing is owed.
    fn view_due(&self) -> Next {
        if self.follow && self.view_step != Some(self.trainer.step_count()) { Next::In(VIEW_MS / 4.0) } else { Next::Idle }
    }

    fn wants_preview(&self, now: f64) -> bool {
        if self.preview.is_some() {
            return false;
        }
        let news = self.pair_step() != Some(self.trainer.step_count());
        let rested = now - self.said.preview_ended >= PREVIEW_MS.max(3.0 * self.said.preview_took);
        self.stale || (self.ending.is_some() && news) || (self.follow && news && (rested || !self.playing))
    }

    fn pair_step(&self) -> Option<u64> {
        self.pair.as_ref().map(|p| p.step)
    }

    fn start_preview(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) {
        self.stale = false;
        let setting = Setting { network: &self.trainer.network, data: &self.data, loss: self.trainer.rules.loss.as_ref(), clock };
        match Preview::new(&setting, self.trainer.step_count(), &self.trainer.params, &self.experiment.compress, &self.by_hand) {
            Ok(preview) => self.preview = Some(preview),
            Err(error) => out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) }),
        }
    }

    fn compare(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) {
        let setting = Setting { network: &self.trainer.network, data: &self.data, loss: self.trainer.rules.loss.as_ref(), clock };
        if !self.preview.as_mut().is_some_and(|p| p.advance(&setting)) {
            return;
        }
        let Some(preview) = self.preview.take() else { return };
        let now = clock.now();
        (self.said.preview_ended, self.said.preview_took) = (now, now - preview.began);
        let pair = preview.pair;
        out.push(FromWorker::Compared {
            run: self.id,
            step: pair.step,
            baseline: pair.baseline_judge.result(&self.data.task),
            optimized: pair.optimized_judge.result(&self.data.task),
            report: pair.compressed.report.clone(),
            latency: pair.latency.clone(),
        });
        self.note_optimized(&pair);
        self.pair = Some(pair);
        self.view_step = None;
        if let Some(reason) = self.ending.take() {
            self.finish(reason, out);
        }
    }

    /// Adds the optimized model's score to the curve, at the point of that very step or as one of its own.
    fn note_optimized(&mut self, pair: &Pair) {
        if !self.follow {
            return;
        }
        let score = pair.optimized_judge.result(&self.data.task).score;
        if let Some(point) = self.history.iter_mut().rev().find(|p| p.step <= pair.step) {
            point.optimized_score = Some(score);
            self.told = self.told.min(self.history.len().saturating_sub(1));
        }
    }

    fn finish(&mut self, reason: Reason, out: &mut Vec<FromWorker>) {
        let Some(pair) = &self.pair else { return };
        let summary = Summary {
            steps: self.trainer.step_count(),
            epochs: self.epoch(),
            reason,
            baseline: pair.baseline_judge.result(&self.data.task),
            optimized: pair.optimized_judge.result(&self.data.task),
            report: pair.compressed.report.clone(),
            seed: self.experiment.seed,
            engine: super::ENGINE.to_string(),
        };
        self.say_checkpoint(out);
        out.push(FromWorker::Finished { run: self.id, summary });
    }

    /// One training step and what follows from it.
    fn train(&mut self, out: &mut Vec<FromWorker>) {
        let step = self.trainer.step(&self.data.train, &mut self.window.score);
        let window = &mut self.window;
        window.loss += f64::from(step.loss) * step.samples as f64;
        window.samples += step.samples;
        window.steps += 1;
        window.lr = step.lr;
        if !step.loss.is_finite() {
            return self.diverged(out);
        }
        if step.epoch_done {
            self.end_epoch(out);
        } else if self.window.samples * POINTS_PER_EPOCH >= self.data.train.len
            && self.window.samples >= SAMPLES_PER_TEST.min(self.data.train.len) / 4
        {
            self.point(None);
        }
        let until = match self.until {
            Until::Step(step) => self.trainer.step_count() >= step,
            Until::Epoch => step.epoch_done,
            Until::Planned => false,
        };
        if until && self.ending.is_none() {
            self.pause(Reason::StepDone, out);
        }
    }

    fn end_epoch(&mut self, out: &mut Vec<FromWorker>) {
        if self.choose_mask
            && self.experiment.compress.during != 0
            && let Err(error) = self.hold()
        {
            out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) });
        }
        let every = SAMPLES_PER_TEST.div_ceil(self.data.train.len.max(1)).max(1) as u64;
        let epoch = self.epoch() as u64;
        let last = self.epoch() >= self.experiment.train.epochs;
        if !(epoch.is_multiple_of(every) || last) {
            return;
        }
        if self.trainer.params.iter().any(|p| !p.is_finite()) {
            return self.diverged(out);
        }
        let model = PackedModel::dense(&self.trainer.network, &self.trainer.params);
        match Runner::new(&model) {
            Ok(runner) => self.exam = Some((Judge::default(), runner)),
            Err(error) => out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) }),
        }
    }

    /// A chunk of the test that ends an epoch, and its consequences when done.
    fn examine(&mut self, out: &mut Vec<FromWorker>) {
        let Some((judge, runner)) = &mut self.exam else { return };
        if !judge.advance(&self.data, self.trainer.rules.loss.as_ref(), runner) {
            return;
        }
        let result = judge.result(&self.data.task);
        self.exam = None;
        self.point(Some((result.loss, result.score)));
        let epoch = self.epoch();
        let patience = self.experiment.train.patience as f64;
        if patience > 0.0 {
            if self.best.as_ref().is_none_or(|b| result.loss < b.loss) {
                self.best = Some(Best { loss: result.loss, epoch, params: self.trainer.params.clone() });
            }
            if self.best.as_ref().is_some_and(|b| epoch - b.epoch >= patience) {
                return self.stop_early(out);
            }
        }
        if self.until == Until::Planned && epoch >= self.experiment.train.epochs {
            self.restore_best();
            self.end(Reason::Finished, out);
        }
    }

    fn stop_early(&mut self, out: &mut Vec<FromWorker>) {
        let best = self.best.as_ref().map_or(0.0, |b| b.epoch);
        self.restore_best();
        out.push(FromWorker::Health {
            run: self.id,
            health: Health {
                topic: Topic::EarlyStop,
                message: format!("The test loss has not improved since epoch {best:.0}; the weights of that epoch are back."),
                advice: "More patience waits longer; stronger regularization or more data may move the best point further.".into(),
                step: self.trainer.step_count(),
            },
        });
        self.end(Reason::EarlyStop, out);
    }

    fn restore_best(&mut self) {
        if let Some(best) = self.best.take() {
            self.trainer.params = best.params;
        }
    }

    fn end(&mut self, reason: Reason, out: &mut Vec<FromWorker>) {
        self.ending = Some(reason);
        self.preview = None;
        self.pair = None;
        self.pause(reason, out);
    }

    /// Loss or weights have left the range of numbers: back to the last good moment, with advice.
    fn diverged(&mut self, out: &mut Vec<FromWorker>) {
        self.window = Window::default();
        let at = self.trainer.step_count();
        let restored = self.last_good().is_some_and(|moment| self.trainer.restore(&moment).is_ok());
        let step = self.trainer.step_count();
        let back = if restored { format!("the weights of step {step} are back") } else { "there are no earlier weights".into() };
        out.push(FromWorker::Health {
            run: self.id,
            health: Health {
                topic: Topic::Diverged,
                message: format!("At step {at} the loss left the range of numbers (it diverged); {back}."),
                advice: format!(
                    "Lower the learning rate, to {} for a start, or add warm-up.",
                    super::build::calmer(self.experiment.train.lr)
                ),
                step,
            },
        });
        self.changed();
        self.pause(Reason::Diverged, out);
        if !self.follow {
            self.ending = Some(Reason::Diverged);
        }
    }

    /// The latest moment before the loss began to climb: its weights are small, and its loss was near the lowest.
    fn last_good(&self) -> Option<crate::engine::train::Snapshot> {
        let lowest = self.history.iter().map(|p| p.train_loss).filter(|l| l.is_finite()).fold(f32::INFINITY, f32::min);
        let climbed =
            |step: u64| self.history.iter().any(|p| p.step == step && (p.train_loss > CLIMB * lowest || !p.train_loss.is_finite()));
        self.timeline.latest(|m| !climbed(m.step) && m.params.iter().all(|p| p.abs() < LARGE_WEIGHT)).cloned()
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

    /// A point of the curves, and a moment to return to.
    fn point(&mut self, test: Option<(f32, f32)>) {
        let window = std::mem::take(&mut self.window);
        let previous = self.history.last().copied();
        let train_loss =
            if window.samples > 0 { (window.loss / window.samples as f64) as f32 } else { previous.map_or(0.0, |p| p.train_loss) };
        let train_score = if window.samples > 0 { window.score.value(&self.data.task) } else { previous.map_or(0.0, |p| p.train_score) };
        let step = self.trainer.step_count();
        self.history.retain(|p| p.step < step);
        self.told = self.told.min(self.history.len());
        self.history.push(MetricPoint {
            step,
            epoch: self.epoch(),
            train_loss,
            train_score,
            test_loss: test.map(|t| t.0),
            test_score: test.map(|t| t.1),
            optimized_score: None,
            lr: window.lr,
        });
        self.timeline.push(self.trainer.snapshot());
    }

    /// What is due to be said by the clock.
    fn report(&mut self, now: f64, out: &mut Vec<FromWorker>) {
        if self.playing && now - self.said.progress >= PROGRESS_MS {
            self.say_progress(out, now);
        }
        if self.playing && now - self.said.checkpoint >= CHECKPOINT_MS {
            self.said.checkpoint = now;
            self.say_checkpoint(out);
        }
        let step = self.trainer.step_count();
        if self.follow && self.view_step != Some(step) && (now - self.said.view >= VIEW_MS) {
            self.said.view = now;
            self.view_step = Some(step);
            self.say_view(out);
        }
    }

    /// All points of the curves so far: what a resumed run begins with.
    pub fn say_history(&mut self, out: &mut Vec<FromWorker>) {
        self.told = 0;
        self.say_progress(out, 0.0);
    }

    fn say_progress(&mut self, out: &mut Vec<FromWorker>, now: f64) {
        let seen = self.samples_seen();
        let (since, before) = self.rate_from;
        let rate = if now > since { seen.saturating_sub(before) as f64 * 1000.0 / (now - since) } else { 0.0 };
        if now > 0.0 {
            self.said.progress = now;
            self.rate_from = (now, seen);
        }
        out.push(FromWorker::Progress {
            run: self.id,
            step: self.trainer.step_count(),
            epoch: self.epoch(),
            rate,
            points: self.history[self.told..].to_vec(),
        });
        self.told = self.history.len();
    }

    fn samples_seen(&self) -> u64 {
        (self.epoch() * self.data.train.len as f64).round() as u64
    }

    /// Everything needed to go on.
    pub fn checkpoint(&self) -> Vec<u8> {
        let best = self.best.as_ref().map(|b| (b.loss, b.epoch, b.params.clone()));
        Checkpoint::new(self.trainer.snapshot(), self.history.clone(), self.by_hand.clone(), best).encode()
    }

    fn say_checkpoint(&self, out: &mut Vec<FromWorker>) {
        out.push(FromWorker::Checkpoint { run: self.id, step: self.trainer.step_count(), state: Bytes(self.checkpoint()) });
    }

    fn say_view(&mut self, out: &mut Vec<FromWorker>) {
        let Trainer { network, params, .. } = &self.trainer;
        // What the optimized model keeps of these weights: a slider shows at once which links it would cost.
        let keep = optimize::kept(network, params, &self.experiment.compress, &self.by_hand).unwrap_or_default();
        let scene = view::Scene { network, params, keep: &keep, data: &self.data, watched: self.watched };
        let network = view::network(&scene, &mut self.tape);
        self.note_dead_units(&network, out);
        let (boundary, samples) = match &mut self.pair {
            Some(pair) => (pair.boundary.clone(), super::samples::shown(&self.data, pair, self.watched)),
            None => (None, Vec::new()),
        };
        out.push(FromWorker::View { run: self.id, step: self.trainer.step_count(), network, boundary, samples });
    }

    fn note_dead_units(&mut self, network: &crate::protocol::NetworkView, out: &mut Vec<FromWorker>) {
        let hidden = network.columns.len().saturating_sub(1);
        let dead = network.columns.iter().take(hidden).skip(1).find(|c| {
            let dead = c.alive.iter().filter(|a| **a == 0.0).count();
            dead * 2 > c.alive.len()
        });
        let Some(column) = dead.filter(|_| !self.dead_told && self.epoch() > 1.0) else { return };
        self.dead_told = true;
        let name = column.layer.map_or_else(String::new, |i| describe::model(&self.trainer.network).layers[i].label.clone());
        out.push(FromWorker::Health {
            run: self.id,
            health: Health {
                topic: Topic::DeadUnits,
                message: format!("More than half of the units drawn of layer {name} never fire (they are dead)."),
                advice: "Lower the learning rate, or use leaky ReLU, whose units cannot die.".into(),
                step: self.trainer.step_count(),
            },
        });
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
