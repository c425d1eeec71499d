//! Runs of this visit, for the table and the overlays.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Page;
use crate::{experiment::Experiment, protocol::MetricPoint};

/// What is kept of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Number, unique on this page.
    pub id: u32,
    /// What it was, in a few words.
    pub label: String,
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
    /// Thinned curves.
    pub history: Arc<Vec<MetricPoint>>,
    /// Whether its curves are overlaid and it is kept over a reload.
    pub pinned: bool,
    /// Whether it is the run under way.
    pub current: bool,
}

/// A run whose curves are overlaid.
#[derive(Clone, Debug, PartialEq)]
pub struct PinnedRun {
    /// Number, unique on this page.
    pub id: u32,
    /// What it was.
    pub label: String,
    /// Its curves.
    pub history: Arc<Vec<MetricPoint>>,
}

/// Most runs kept; the oldest unpinned go first.
const RUNS: usize = 60;
/// Most points of a kept curve.
const POINTS: usize = 600;

impl RunRecord {
    /// Its overlay.
    #[must_use]
    pub fn pinned_run(&self) -> PinnedRun {
        PinnedRun { id: self.id, label: self.label.clone(), history: self.history.clone() }
    }
}

impl Page {
    /// Opens a record for the run under way.
    pub(super) fn open_record(&mut self) {
        let runs = Arc::make_mut(&mut self.runs);
        for run in runs.iter_mut() {
            run.current = false;
        }
        runs.retain(|r| r.id != self.run.0);
        runs.push(RunRecord {
            id: self.run.0,
            label: super::describe::recipe(&self.experiment, self.data.as_deref()),
            experiment: self.experiment.clone(),
            steps: self.step,
            epochs: self.epoch,
            score: None,
            optimized_score: None,
            bytes: None,
            ms: None,
            history: Arc::default(),
            pinned: false,
            current: true,
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
        let record = &mut Arc::make_mut(&mut self.runs)[at];
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
        if let Some(run) = Arc::make_mut(&mut self.runs).iter_mut().find(|r| r.id == id) {
            run.pinned = pinned;
        }
    }

    /// Forgets a run; the one under way stays.
    pub fn remove(&mut self, id: u32) {
        Arc::make_mut(&mut self.runs).retain(|r| r.id != id || r.current);
    }

    /// Takes over pinned runs of an earlier visit, under new numbers. Later runs are numbered above them.
    pub fn adopt(&mut self, runs: Vec<RunRecord>) {
        let mut kept: Vec<_> = runs.into_iter().filter(|r| r.pinned).collect();
        for (run, id) in kept.iter_mut().zip(self.run.0 + 1..) {
            (run.id, run.current) = (id, false);
        }
        self.run.0 += kept.len() as u32;
        kept.extend(self.runs.iter().cloned());
        self.runs = Arc::new(kept);
    }
}

/// At most about `most` points, evenly picked; first, last and every measured comparison stay.
pub(super) fn thinned(points: &[MetricPoint], most: usize) -> Vec<MetricPoint> {
    let every = points.len().div_ceil(most.max(1)).max(1);
    let last = points.len().saturating_sub(1);
    let keep = |(i, p): &(usize, &MetricPoint)| i.is_multiple_of(every) || *i == last || (p.test_score.is_some() && every < 8);
    points.iter().enumerate().filter(keep).map(|(_, p)| *p).collect()
}
