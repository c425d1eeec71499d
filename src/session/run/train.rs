//! Training, the curves, and how a run ends.

use std::sync::Arc;

use super::{Exam, Run, Until, Window};
use crate::{
    engine::train::{Trainer, Turn},
    protocol::{FromWorker, Health, MetricPoint, Reason, RunError, Topic},
    session::{
        checkpoint::Best,
        evaluate::{self, Judge, Judged, Trained},
        optimize::Chosen,
        timeline::Moment,
    },
};

/// The test loss is taken at the first end of an epoch after so many training samples.
const SAMPLES_PER_TEST: usize = 1024;
/// Points of the training curve per epoch, for sets that are larger than that.
const POINTS_PER_EPOCH: usize = 20;
/// After divergence, moments whose loss is more than so many times the lowest count as already lost.
const CLIMB: f32 = 3.0;
/// So do moments with a weight of this size.
const LARGE_WEIGHT: f32 = 1e3;

/// What an exam gave: loss and score.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    test: (f32, f32),
    validation: Option<(f32, f32)>,
}

impl Run {
    /// A piece of a training step and, when the step is done, what follows from it.
    pub(super) fn train(&mut self, out: &mut Vec<FromWorker>) {
        let from = self.trainer.place().seen;
        let Some(step) = self.trainer.advance(&self.data.train, &mut self.window.score) else { return };
        self.took.cpu = true;
        self.stopwatch.steps += 1;
        self.window.note(step.loss, &Turn { samples: step.samples, lr: step.lr, epoch_done: step.epoch_done });
        if !step.loss.is_finite() {
            return self.diverged(out);
        }
        self.close_step(from, step.epoch_done, out);
    }

    /// What follows a step that came from `from` samples: the pruner chooses where it is time, and where it can, then the rest.
    pub(super) fn close_step(&mut self, from: u64, epoch_done: bool, out: &mut Vec<FromWorker>) {
        if self.mask_due(from) {
            self.choosing = Some(epoch_done);
            return self.choose_due_mask(out);
        }
        self.after_step(epoch_done, out);
    }

    /// What follows a step once the mask is the right one.
    pub(super) fn after_step(&mut self, epoch_done: bool, out: &mut Vec<FromWorker>) {
        if epoch_done {
            self.end_epoch(out);
        } else if self.gpu.is_none() && self.point_due() {
            if !self.sound() {
                return self.diverged(out);
            }
            self.point(None);
        }
        self.stop_if_reached(epoch_done, out);
    }

    /// Whether enough was trained since the last point of the curves for another one between two ends of an epoch.
    pub(super) fn point_due(&self) -> bool {
        let (samples, len) = (self.window.samples, self.data.train.len);
        samples * POINTS_PER_EPOCH >= len && samples >= SAMPLES_PER_TEST.min(len) / 4
    }

    /// Whether the test loss is taken at the end of the epoch that the steps taken come to.
    pub(super) fn judges(&self) -> bool {
        let every = SAMPLES_PER_TEST.div_ceil(self.data.train.len.max(1)).max(1) as u64;
        let epoch = self.trainer.epoch(self.data.train.len);
        (epoch as u64).is_multiple_of(every) || epoch >= self.experiment.train.epochs
    }

    pub(super) fn end_epoch(&mut self, out: &mut Vec<FromWorker>) {
        if !self.judges() {
            return;
        }
        if !self.sound() {
            return self.diverged(out);
        }
        let rounded = self.rest.filter(|_| !self.trainer.ranges().is_empty()).map(|rest| (rest.rounded)(self)).transpose();
        match rounded {
            Ok(rounded) => {
                self.exam =
                    Some(Exam { validation: Judge::default(), test: Judge::default(), params: self.trainer.weights().to_vec(), rounded });
            }
            Err(error) => out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) }),
        }
    }

    /// Whether all weights are numbers. Units that are never active can hide one that is not from the loss.
    pub(super) fn sound(&self) -> bool {
        self.trainer.params.iter().all(|p| p.is_finite())
    }

    /// A chunk of the exam that ends an epoch, and its consequences when done.
    pub(super) fn examine(&mut self, out: &mut Vec<FromWorker>) {
        let Some(Exam { validation, test, params, rounded }) = &mut self.exam else { return };
        let Trainer { network, rules, .. } = &self.trainer;
        let (data, loss, chunk) = (&self.data, rules.loss.as_ref(), evaluate::chunk(network));
        let mut trained = Trained { network, params, tape: &mut self.tape };
        let model: &mut dyn Judged = match rounded {
            Some(rounded) => rounded,
            None => &mut trained,
        };
        if !validation.advance_on(&data.validation, data, loss, model, chunk) || !test.advance(data, loss, model, chunk) {
            return;
        }
        let (validation, test) = (validation.result(&data.task), test.result(&data.task));
        let held_out = data.validation.len > 0;
        self.exam = None;
        if !test.loss.is_finite() || (held_out && !validation.loss.is_finite()) {
            return self.diverged(out);
        }
        // Before the moment is kept, so that one who goes on from it has heard it too.
        // Never the test samples: where none are held out, since the schedule was chosen while the run goes on, those that it trains on.
        let heard = if held_out { validation.loss } else { self.train_loss() };
        self.trainer.hear(heard, self.data.train.len);
        self.point(Some(Marks { test: (test.loss, test.score), validation: held_out.then_some((validation.loss, validation.score)) }));
        // One that stood still while this was under way has said what it was before.
        self.owe_checkpoint();
        let epoch = self.epoch();
        let patience = self.experiment.train.patience as f64;
        // Never by the test samples: they are for the verdict.
        if patience > 0.0 && held_out {
            let ranges = self.trainer.ranges();
            // Floats and rounded weights are no yardstick for each other.
            self.best.take_if(|b| b.ranges.is_empty() != ranges.is_empty());
            if self.best.as_ref().is_none_or(|b| validation.loss < b.loss) {
                let (params, step_sizes) = (self.trainer.weights().to_vec(), self.trainer.step_sizes().to_vec());
                self.best = Some(Best { loss: validation.loss, epoch, params, ranges: ranges.to_vec(), step_sizes });
            }
            if self.best.as_ref().is_some_and(|b| epoch - b.epoch >= patience) {
                return self.stop_early(out);
            }
        }
        if self.until == Until::Planned && epoch >= self.experiment.train.epochs {
            self.conclude(out);
        }
    }

    /// The planned epochs are over. Where early stopping watches, the best weights are the ones to keep.
    pub(super) fn conclude(&mut self, out: &mut Vec<FromWorker>) {
        let best = self.best.as_ref().map(|b| b.epoch).filter(|best| *best < self.epoch());
        self.restore_best(out);
        if let Some(epoch) = best {
            out.push(FromWorker::Health {
                run: self.id,
                health: Health {
                    topic: Topic::Best,
                    message: format!("The weights of epoch {epoch:.0}, where the validation loss was lowest, are back."),
                    advice: "Set early stopping to 0 to keep the last weights instead.".into(),
                    step: self.trainer.step_count(),
                },
            });
        }
        self.end(Reason::Finished, out);
    }

    pub(super) fn stop_early(&mut self, out: &mut Vec<FromWorker>) {
        let best = self.best.as_ref().map_or(0.0, |b| b.epoch);
        self.restore_best(out);
        out.push(FromWorker::Health {
            run: self.id,
            health: Health {
                topic: Topic::EarlyStop,
                message: format!("The validation loss has not improved since epoch {best:.0}; the weights of that epoch are back."),
                advice: "More patience waits longer; stronger regularization or more data may move the best point further.".into(),
                step: self.trainer.step_count(),
            },
        });
        self.end(Reason::EarlyStop, out);
    }

    /// The best weights so far take the place of the last ones.
    pub(super) fn restore_best(&mut self, out: &mut Vec<FromWorker>) {
        let Some(best) = self.best.take() else { return };
        self.trainer.replace(best.params, best.ranges, best.step_sizes);
        self.restored(self.chosen.clone(), out);
        self.remember();
    }

    fn restored(&mut self, chosen: Option<Arc<Chosen>>, out: &mut Vec<FromWorker>) {
        if let Err(error) = self.after_restore(chosen) {
            out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) });
        }
    }

    pub(super) fn end(&mut self, reason: Reason, out: &mut Vec<FromWorker>) {
        self.ending = Some(reason);
        (self.preview, self.pair, self.compared) = (None, None, None);
        self.concluded = true;
        self.pause(reason, out);
    }

    /// Loss or weights have left the range of numbers: back to the last good moment, with advice.
    pub(super) fn diverged(&mut self, out: &mut Vec<FromWorker>) {
        let (at, _) = self.reached();
        let moment = self.last_good();
        let restored = moment.as_ref().is_some_and(|m| self.trainer.restore(&m.snapshot).is_ok());
        self.restored(moment.map_or_else(|| self.chosen.clone(), |m| m.chosen), out);
        let step = self.trainer.step_count();
        let back = if restored { format!("the weights of step {step} are back") } else { "there are no earlier weights".into() };
        out.push(FromWorker::Health {
            run: self.id,
            health: Health {
                topic: Topic::Diverged,
                message: format!("At step {at} the loss left the range of numbers (it diverged); {back}."),
                advice: self
                    .rest
                    .map_or_else(|| "Lower the learning rate, or add warm-up.".into(), |rest| (rest.advice)(self.experiment.train.lr)),
                step,
            },
        });
        self.pause(Reason::Diverged, out);
        if !self.follow {
            self.ending = Some(Reason::Diverged);
        }
    }

    /// The latest moment before the loss began to climb: its weights are small, and its loss was near the lowest.
    pub(super) fn last_good(&self) -> Option<Moment> {
        let lowest = self.history.iter().map(|p| p.train_loss).filter(|l| l.is_finite()).fold(f32::INFINITY, f32::min);
        let climbed =
            |step: u64| self.history.iter().any(|p| p.step == step && (p.train_loss > CLIMB * lowest || !p.train_loss.is_finite()));
        self.timeline.latest(|m| !climbed(m.step) && m.params.iter().all(|p| p.abs() < LARGE_WEIGHT)).cloned()
    }

    /// Mean loss of the training samples since the last point of the curves; that of the point where there are none.
    fn train_loss(&self) -> f32 {
        let Window { loss, samples, .. } = &self.window;
        if *samples > 0 { (loss / *samples as f64) as f32 } else { self.history.last().map_or(0.0, |p| p.train_loss) }
    }

    /// A point of the curves, and a moment to return to.
    pub(super) fn point(&mut self, marks: Option<Marks>) {
        self.point_at(self.reached(), marks);
        self.remember();
    }

    /// A point of the curves where the run has taken so many steps and samples.
    pub(super) fn point_at(&mut self, (step, seen): (u64, u64), marks: Option<Marks>) {
        let train_loss = self.train_loss();
        let window = std::mem::take(&mut self.window);
        let previous = self.history.last().copied();
        let train_score = if window.samples > 0 { window.score.value(&self.data.task) } else { previous.map_or(0.0, |p| p.train_score) };
        let validation = marks.and_then(|m| m.validation);
        self.history.retain(|p| p.step < step);
        self.told = self.told.min(self.history.len());
        self.history.push(MetricPoint {
            step,
            epoch: seen as f64 / self.data.train.len.max(1) as f64,
            train_loss,
            train_score,
            validation_loss: validation.map(|v| v.0),
            validation_score: validation.map(|v| v.1),
            test_loss: marks.map(|m| m.test.0),
            test_score: marks.map(|m| m.test.1),
            optimized_score: None,
            lr: window.lr,
        });
    }
}
