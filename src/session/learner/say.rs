//! What a learner's run says: the messages of any run, and what its models are made of.

use super::{Checkpoint, LearnerRun, Pair, work::OWED_MS};
use crate::{
    engine::{
        data::Dataset,
        learners::{Model, Node},
    },
    protocol::{
        Applies, Backend, Bytes, EngineReport, FromWorker, ImportanceNews, Late, LearnerReport, ModelReport, NetworkView, Reason, Summary,
        TreeView, Wanted, Why,
    },
    session::{ENGINE, samples},
};

/// Progress is reported at the pace of the eye, ms.
const PROGRESS_MS: f64 = 100.0;
/// The moment is kept this often, ms.
const CHECKPOINT_MS: f64 = 5000.0;

impl LearnerRun {
    /// What is due to be said by the clock.
    pub(super) fn report(&mut self, now: f64, out: &mut Vec<FromWorker>) {
        if self.playing && now - self.said.progress >= PROGRESS_MS {
            self.say_progress(out, now);
        }
        let due = if self.playing { CHECKPOINT_MS } else { OWED_MS };
        if (self.playing || self.owed) && self.exam.is_none() && now - self.said.checkpoint >= due {
            (self.said.checkpoint, self.owed) = (now, false);
            self.say_checkpoint(out);
        }
    }

    pub(super) fn say_progress(&mut self, out: &mut Vec<FromWorker>, now: f64) {
        if now > 0.0 {
            self.said.progress = now;
        }
        let step = self.step().max(self.again);
        out.push(FromWorker::Progress { run: self.id, step, epoch: step as f64, rate: 0.0, points: self.history[self.told..].to_vec() });
        self.told = self.history.len();
    }

    /// Stands still, says why, and keeps the moment.
    pub(super) fn pause(&mut self, reason: Reason, out: &mut Vec<FromWorker>) {
        self.playing = false;
        self.say_progress(out, 0.0);
        out.push(FromWorker::State { run: self.id, playing: false, reason: Some(reason) });
        if reason != Reason::Finished {
            self.say_checkpoint(out);
        }
    }

    pub(super) fn say_checkpoint(&self, out: &mut Vec<FromWorker>) {
        let step = self.step().max(self.again);
        let state = Checkpoint::new(step, self.history.clone()).encode();
        out.push(FromWorker::Checkpoint { run: self.id, step, experiment: self.experiment.clone(), state: Bytes(state) });
    }

    /// It has no layers, and its size is known once it is fitted.
    pub(super) fn model_report(&self) -> ModelReport {
        ModelReport { layers: Vec::new(), params: 0, macs: 0, activations: 0, peak_activations: 0 }
    }

    /// Where it is fitted, whatever is `wanted`.
    pub(super) fn engine_report(&self, wanted: Wanted) -> FromWorker {
        let why = Why::Refused("only networks are trained there".into());
        let report = EngineReport { wanted, backend: Backend::Cpu, why, device: None, took: ENGINE.into() };
        FromWorker::Engine { run: self.id, step: self.step(), report }
    }

    /// The comparison that has just been made: numbers, drawings, and what the models are made of.
    pub(super) fn say_pair(&mut self, out: &mut Vec<FromWorker>) {
        let Some(pair) = &mut self.pair else { return };
        let task = &self.data.task;
        let (baseline, optimized) = (pair.judges[0].result(task), pair.judges[1].result(task));
        if self.follow
            && let Some(point) = self.history.iter_mut().rev().find(|p| p.step <= pair.step)
        {
            point.optimized_score = Some(optimized.score);
            self.told = self.told.min(self.history.len() - 1);
        }
        let (report, latency) = (pair.report.clone(), pair.latency.clone());
        out.push(FromWorker::Compared {
            run: self.id,
            step: pair.step,
            experiment: pair.experiment.clone(),
            baseline,
            optimized,
            report,
            latency,
        });
        if !self.follow {
            return;
        }
        if !self.playing {
            self.say_progress(out, 0.0);
        }
        self.say_view(out);
        self.say_learner(out);
    }

    /// Samples and the map of the plane. There are no units to draw.
    pub(super) fn say_view(&mut self, out: &mut Vec<FromWorker>) {
        let Some(pair) = &mut self.pair else { return };
        let samples = samples::shown(&self.data, pair, self.watched);
        let network = NetworkView { columns: Vec::new(), weights_set: 0 };
        out.push(FromWorker::View { run: self.id, step: pair.step, network, boundary: pair.boundary.clone(), samples });
    }

    /// News of columns that are shuffled.
    pub(super) fn say_importance(&self, news: ImportanceNews, out: &mut Vec<FromWorker>) {
        let step = self.pair.as_ref().map_or(0, |pair| pair.step);
        out.push(FromWorker::Late(Late::Importance { run: self.id, step, news }));
    }

    /// What both models are made of.
    pub(super) fn say_learner(&self, out: &mut Vec<FromWorker>) {
        let Some(pair) = &self.pair else { return };
        let [baseline, optimized] = [0, 1].map(|side| pair.models[side].describe());
        let shrinks = pair.models[0].shrinks();
        let report = LearnerReport {
            unit: self.progress.unit.into(),
            done: pair.step,
            of: self.progress.of as u64,
            applies: Applies { depth: shrinks.depth, alpha: shrinks.alpha, members: shrinks.members, bits: shrinks.bits },
            tree: tree(pair, &self.data, self.looked_at.min(baseline.trees.saturating_sub(1))),
            baseline,
            optimized,
        };
        out.push(FromWorker::Late(Late::Learner { run: self.id, step: pair.step, report }));
    }

    /// The last word.
    pub(super) fn finish(&mut self, reason: Reason, out: &mut Vec<FromWorker>) {
        let Some(pair) = &self.pair else { return };
        let summary = Summary {
            steps: self.step(),
            epochs: self.step() as f64,
            reason,
            baseline: pair.judges[0].result(&self.data.task),
            optimized: pair.judges[1].result(&self.data.task),
            report: pair.report.clone(),
            seed: self.experiment.seed,
            engine: ENGINE.into(),
        };
        self.say_checkpoint(out);
        out.push(FromWorker::Finished { run: self.id, summary });
    }
}

/// Tree `at` of both models, its thresholds in the data's own units.
fn tree(pair: &Pair, data: &Dataset, at: usize) -> Option<TreeView> {
    let [baseline, optimized] = [0, 1].map(|side| Model::tree(pair.models[side].as_ref(), at).map(|nodes| raw(nodes, data)));
    Some(TreeView { at, baseline: baseline?, optimized })
}

fn raw(mut nodes: Vec<Node>, data: &Dataset) -> Vec<Node> {
    for split in nodes.iter_mut().filter_map(|node| node.split.as_mut()) {
        if let Some((shift, scale)) = data.scaling.get(split.feature as usize) {
            split.threshold = split.threshold / scale + shift;
        }
    }
    nodes
}
