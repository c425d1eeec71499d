//! What a run says by itself, at the pace of the eye.

use super::Run;
use crate::{
    engine::{pruning::criteria, train::Trainer},
    protocol::{Bytes, FromWorker, Health, Late, NetworkView, Topic},
    session::{accelerator::Engines, checkpoint::Checkpoint, describe, histogram, inputs, optimize, view},
};

/// Progress is reported at the pace of the eye, ms.
const PROGRESS_MS: f64 = 100.0;
/// The network is drawn at most this often, ms.
pub(super) const VIEW_MS: f64 = 200.0;
/// A checkpoint is kept this often, ms.
const CHECKPOINT_MS: f64 = 5000.0;
/// While a run stands still and its settings change, this often, ms.
pub(super) const OWED_MS: f64 = 400.0;

impl Run {
    /// What is due to be said by the clock.
    pub(super) fn report(&mut self, now: f64, engines: &mut Engines, out: &mut Vec<FromWorker>) {
        // Where nothing goes on, what there is to say is said at once.
        let last = self.waits_for_rest() && self.told < self.history.len();
        if self.playing && (last || now - self.said.progress >= PROGRESS_MS) {
            self.say_progress(out, now);
        }
        let due = if self.playing { CHECKPOINT_MS } else { OWED_MS };
        if (self.playing || self.owed) && self.exam.is_none() && now - self.said.checkpoint >= due && self.bring(engines) {
            (self.said.checkpoint, self.owed) = (now, false);
            self.keep_moment(out);
        }
        let (step, _) = self.reached();
        if self.follow && self.view_step != Some(step) && (now - self.said.view >= VIEW_MS) && self.bring(engines) {
            self.said.view = now;
            self.view_step = Some(self.trainer.step_count());
            self.say_view(out);
        }
    }

    /// All points of the curves so far: what a resumed run begins with.
    pub fn say_history(&mut self, out: &mut Vec<FromWorker>) {
        self.told = 0;
        self.say_progress(out, 0.0);
    }

    pub(super) fn say_progress(&mut self, out: &mut Vec<FromWorker>, now: f64) {
        let seen = self.samples_seen();
        let (since, before) = self.rate_from;
        let rate = if now > since { seen.saturating_sub(before) as f64 * 1000.0 / (now - since) } else { 0.0 };
        if now > 0.0 {
            self.said.progress = now;
            self.rate_from = (now, seen);
        }
        out.push(FromWorker::Progress {
            run: self.id,
            step: self.reached().0,
            epoch: self.epoch(),
            rate,
            points: self.history[self.told..].to_vec(),
        });
        self.told = self.history.len();
    }

    /// Everything needed to go on.
    pub fn checkpoint(&self) -> Vec<u8> {
        Checkpoint::new(
            self.trainer.snapshot(),
            self.history.clone(),
            (self.chosen.as_deref().cloned(), self.weights_set),
            self.took.clone(),
            self.best.clone(),
        )
        .encode()
    }

    /// Has the moment kept, where the rest is there, which writes it.
    pub(super) fn keep_moment(&self, out: &mut Vec<FromWorker>) {
        if let Some(rest) = self.rest {
            (rest.say_checkpoint)(self, out);
        }
    }

    pub fn say_checkpoint(&self, out: &mut Vec<FromWorker>) {
        out.push(FromWorker::Checkpoint {
            run: self.id,
            step: self.trainer.step_count(),
            experiment: self.experiment.clone(),
            state: Bytes(self.checkpoint()),
        });
    }

    pub(super) fn say_view(&mut self, out: &mut Vec<FromWorker>) {
        let Trainer { network, .. } = &self.trainer;
        let params = self.trainer.weights();
        let keep = self.rest.map_or_else(|| self.trainer.held().to_vec(), |rest| (rest.kept)(self));
        let scene = view::Scene { network, params, keep: &keep, data: &self.data, watched: self.watched };
        let network = NetworkView { weights_set: self.weights_set, ..view::network(&scene, &mut self.tape) };
        self.note_dead_units(&network, out);
        let (boundary, samples) = match (&mut self.pair, self.rest) {
            (Some(pair), Some(rest)) => (pair.boundary.clone(), (rest.samples)(&self.data, pair, self.watched)),
            _ => (None, Vec::new()),
        };
        out.push(FromWorker::View { run: self.id, step: self.trainer.step_count(), network, boundary, samples });
    }

    /// What the optimized model keeps of the weights as they are, 1 or 0 for each: a slider shows at once which links it would cost. Where that takes a look
    /// at training samples, what the model that was compared last has kept.
    pub fn kept(&self) -> Vec<f32> {
        let compress = &self.experiment.compress;
        if criteria::looks_at_samples(&compress.criterion.key) {
            return self.pair.as_ref().map_or_else(|| self.trainer.held().to_vec(), |pair| optimize::as_numbers(&pair.compressed.kept));
        }
        optimize::kept(&self.trainer, compress, &self.by_hand).unwrap_or_else(|_| self.trainer.held().to_vec())
    }

    /// The weights that the page looks at, as they were compared last.
    pub fn say_weights(&self, out: &mut Vec<FromWorker>) {
        let (Some(inspect), Some(pair)) = (self.inspected, &self.pair) else { return };
        // The settings of the pair, which a slider may have left behind since.
        let (network, both, compress) = (&self.trainer.network, &pair.compressed, &pair.experiment.compress);
        let histogram = if inspect.inputs {
            let learnt = optimize::Learnt::default();
            let samples = optimize::calibration((&self.data, compress.samples), None, &learnt).inputs;
            inputs::histogram(network, both, samples, inspect).ok().flatten()
        } else {
            let keep = optimize::as_numbers(&both.kept);
            histogram::histogram(network, both, &keep, compress.weight_format(), inspect)
        };
        if let Some(histogram) = histogram {
            out.push(FromWorker::Late(Late::Weights { run: self.id, step: pair.step, histogram }));
        }
    }

    pub(super) fn note_dead_units(&mut self, network: &NetworkView, out: &mut Vec<FromWorker>) {
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
