//! Runs, for the table and the overlays.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Page, Task, same_data};
use crate::{experiment::Experiment, protocol::MetricPoint};

/// What is kept of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Number, unique on this page.
    pub id: u32,
    /// What it was, in a few words.
    pub label: String,
    /// Says what its scores are.
    #[serde(default)]
    pub task: Task,
    /// The experiment.
    pub experiment: Arc<Experiment>,
    /// Steps taken.
    pub steps: u64,
    /// Epochs taken.
    pub epochs: f64,
    /// Accuracy or R² of the fp32 model on the test samples.
    pub score: Option<f32>,
    /// The same of the optimized model.
    pub optimized_score: Option<f32>,
    /// Bytes of the optimized model's file.
    pub bytes: Option<u64>,
    /// Median latency of the optimized model, one sample, ms.
    pub ms: Option<f64>,
    /// What computed its weights: "wasm simd128", "WebGPU (nvidia ampere)"; empty until that is known, and for runs of older pages.
    #[serde(default)]
    pub engine: String,
    /// Thinned curves.
    pub history: Arc<Vec<MetricPoint>>,
    /// Whether its curves are overlaid.
    pub pinned: bool,
    /// Which of the overlays' colours is its own while it is pinned, counted from 0.
    #[serde(default)]
    pub hue: usize,
    /// Whether it is the run under way.
    pub current: bool,
    /// Checksum of the model that is kept of it, by which it can teach; empty where none is.
    #[serde(default)]
    pub model: String,
    /// Step of that model.
    #[serde(default)]
    pub model_step: u64,
}

/// A run whose curves are overlaid.
#[derive(Clone, Debug, PartialEq)]
pub struct PinnedRun {
    /// Number, unique on this page.
    pub id: u32,
    /// What it was.
    pub label: String,
    /// Its colour, counted from 0.
    pub hue: usize,
    /// Whether its loss is that of the run under way, on the same scale.
    pub same_loss: bool,
    /// Its curves.
    pub history: Arc<Vec<MetricPoint>>,
}

/// Most runs kept; the oldest unpinned go first.
const RUNS: usize = 60;
/// Most points of a kept curve.
const POINTS: usize = 600;

impl RunRecord {
    /// Its short name: "run 3".
    #[must_use]
    pub fn tag(&self) -> String {
        format!("run {}", self.id)
    }

    /// Its overlay on a run of `here`.
    #[must_use]
    pub fn pinned_run(&self, here: &Experiment) -> PinnedRun {
        // Learners are judged by a loss of their own.
        let same_loss = match (self.experiment.is_network(), here.is_network()) {
            (true, true) => self.experiment.loss == here.loss,
            (own, other) => own == other,
        };
        PinnedRun { id: self.id, label: self.label.clone(), hue: self.hue, same_loss, history: self.history.clone() }
    }
}

impl Page {
    /// Opens a record for the run under way.
    pub(super) fn open_record(&mut self) {
        let repin = self.repin.take();
        let runs = Arc::make_mut(&mut self.runs);
        for run in runs.iter_mut() {
            run.current = false;
        }
        runs.retain(|r| r.id != self.run.0);
        runs.push(RunRecord {
            id: self.run.0,
            label: super::describe::recipe(&self.experiment, self.data.as_deref()),
            task: self.data.as_deref().map_or_else(Task::default, Task::of),
            experiment: self.experiment.clone(),
            steps: self.step,
            epochs: self.epoch,
            score: None,
            optimized_score: None,
            bytes: None,
            ms: None,
            engine: String::new(),
            history: Arc::default(),
            pinned: repin.is_some(),
            hue: repin.unwrap_or(0),
            current: true,
            model: String::new(),
            model_step: 0,
        });
        if runs.len() > RUNS
            && let Some(oldest) = runs.iter().position(|r| !r.pinned)
        {
            runs.remove(oldest);
        }
    }

    /// Brings the record of the run under way up to date: its numbers, and the settings that gave them.
    pub(super) fn update_record(&mut self) {
        let experiment = self.compared.as_ref().map_or(&self.experiment, |c| &c.experiment).clone();
        let label = super::describe::recipe(&experiment, self.data.as_deref());
        let Some(at) = self.runs.iter().position(|r| r.id == self.run.0) else { return };
        let engine = self.engine_report.as_ref().map_or_else(|| self.engine.as_deref().unwrap_or_default().into(), |r| r.took.clone());
        let record = &mut Arc::make_mut(&mut self.runs)[at];
        record.engine = engine;
        (record.steps, record.epochs, record.label, record.experiment) = (self.step, self.epoch, label, experiment);
        record.history = Arc::new(thinned(&self.history, POINTS));
        if let Some(compared) = &self.compared {
            record.score = Some(compared.baseline.score);
            record.optimized_score = Some(compared.optimized.score);
            record.bytes = Some(compared.best_bytes());
            record.ms = compared.latency.optimized.first().map(|t| t.p50);
        }
    }

    /// Overlays a run's curves, or takes them away.
    pub fn pin(&mut self, id: u32, pinned: bool) {
        let taken: Vec<_> = self.runs.iter().filter(|r| r.pinned && r.id != id).map(|r| r.hue).collect();
        // The first colour that no other pinned run has.
        let free = (0..).find(|hue| !taken.contains(hue)).unwrap_or(0);
        if let Some(run) = Arc::make_mut(&mut self.runs).iter_mut().find(|r| r.id == id) {
            (run.pinned, run.hue) = (pinned, free);
        }
    }

    /// Notes the model that is kept of the run under way.
    pub(super) fn keep_model(&mut self, step: u64, checksum: String) {
        if let Some(run) = Arc::make_mut(&mut self.runs).iter_mut().find(|r| r.current) {
            (run.model, run.model_step) = (checksum, step);
        }
    }

    /// Forgets a run; the one under way stays.
    pub fn remove(&mut self, id: u32) {
        Arc::make_mut(&mut self.runs).retain(|r| r.id != id || r.current);
    }

    /// Runs whose curves are overlaid: pinned ones that are judged on the same data; the run under way has its own.
    #[must_use]
    pub fn pinned(&self) -> Vec<PinnedRun> {
        let here = self.runs.iter().filter(|r| r.pinned && !r.current && same_data(&r.experiment, &self.experiment));
        here.map(|r| r.pinned_run(&self.experiment)).collect()
    }

    /// How many pinned runs are not overlaid, since they are of other data.
    #[must_use]
    pub fn pinned_elsewhere(&self) -> usize {
        self.runs.iter().filter(|r| r.pinned && !r.current && !same_data(&r.experiment, &self.experiment)).count()
    }
}

/// At most about `most` points, evenly picked; first, last and every measured comparison stay.
pub(super) fn thinned(points: &[MetricPoint], most: usize) -> Vec<MetricPoint> {
    let every = points.len().div_ceil(most.max(1)).max(1);
    let last = points.len().saturating_sub(1);
    let keep = |(i, p): &(usize, &MetricPoint)| i.is_multiple_of(every) || *i == last || (p.test_score.is_some() && every < 8);
    points.iter().enumerate().filter(keep).map(|(_, p)| *p).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{engine::catalog::Pick, protocol::RunId};

    /// A run of the default experiment that has not begun.
    pub fn record(id: u32) -> RunRecord {
        RunRecord {
            id,
            label: format!("label {id}"),
            task: Task::Classification,
            experiment: Arc::default(),
            steps: 0,
            epochs: 0.0,
            score: None,
            optimized_score: None,
            bytes: None,
            ms: None,
            engine: String::new(),
            history: Arc::default(),
            pinned: false,
            hue: 0,
            current: false,
            model: String::new(),
            model_step: 0,
        }
    }

    #[test]
    fn pinned_runs_are_overlaid_on_the_same_data_and_keep_their_colours() {
        let circle = Arc::new(Experiment { data: Pick::new("circle"), ..Experiment::default() });
        let mse = Arc::new(Experiment { loss: Pick::new("mse"), ..Experiment::default() });
        let mut page = Page::new(Experiment::default());
        let runs = [record(1), RunRecord { experiment: circle, ..record(2) }, RunRecord { experiment: mse, ..record(3) }];
        page.runs = Arc::new(runs.to_vec());
        for id in 1..=3 {
            page.pin(id, true);
        }
        let shown = |page: &Page| page.pinned().iter().map(|p| (p.id, p.hue, p.same_loss)).collect::<Vec<_>>();
        assert_eq!((shown(&page), page.pinned_elsewhere()), (vec![(1, 0, true), (3, 2, false)], 1));
        page.pin(1, false);
        assert_eq!(shown(&page), [(3, 2, false)], "a colour stays with its run");
        page.pin(1, true);
        assert_eq!(shown(&page)[0], (1, 0, true));
        assert_eq!(page.runs[0].tag(), "run 1");
    }

    #[test]
    fn a_run_that_goes_on_after_a_reload_has_one_record_and_keeps_its_pin() {
        let mut page = Page::new(Experiment::default());
        page.run = RunId(2);
        page.runs = Arc::new(vec![RunRecord { current: true, ..record(2) }, RunRecord { score: Some(0.9), ..record(1) }]);
        page.pin(2, true);
        let kept = super::super::Kept::read(&page.kept_runs(), "[]");
        for (resumed, left) in [(true, 1), (false, 2)] {
            let mut fresh = Page::new(Experiment::default());
            fresh.adopt(kept.clone(), resumed);
            assert_eq!(fresh.runs.len(), left, "resumed: {resumed}");
            fresh.begin(fresh.experiment.clone());
            fresh.open_record();
            let now = fresh.runs.last().expect("its record");
            assert_eq!((now.current, now.pinned), (true, resumed));
            assert_eq!(fresh.runs.iter().filter(|r| r.score == Some(0.9)).count(), 1, "runs that are not pinned are kept, too");
        }
    }
}
