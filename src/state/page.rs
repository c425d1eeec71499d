//! What the page knows.

use std::{collections::BTreeMap, sync::Arc};

use super::{Cooked, Lab, RunRecord, Task, Tried, look::benchmark::Benchmarked};
use crate::{
    experiment::Experiment,
    protocol::{
        Boundary, Bytes, Contrast, DataReport, EngineReport, Evaluation, Exits, FeatureView, Form, Health, Histogram, ImportanceNews,
        LatencyReport, LearnerReport, MetricPoint, ModelReport, NetworkView, OptimizedReport, Reason, Roc, RunId, Sample, Sensing, Summary,
        TableNews, TextNews,
    },
};

/// Where the current run stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// The engine is being loaded.
    #[default]
    Engine,
    /// The worker builds the run.
    Starting,
    /// A data set is under way; its key.
    Loading(String),
    /// The run exists.
    Running,
    /// It could not begin; why.
    Failed(String),
}

/// Mirrors `FromWorker::Compared`: baseline against optimized, both really run.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Step at which both were taken.
    pub step: u64,
    /// The settings that gave it: those of a moment ago while a slider moves.
    pub experiment: Arc<Experiment>,
    /// The fp32 model.
    pub baseline: Evaluation,
    /// The optimized model.
    pub optimized: Evaluation,
    /// Its bytes and what was removed.
    pub report: OptimizedReport,
    /// Times of one sample: at first those of a short measurement, then better ones.
    pub latency: LatencyReport,
}

impl Compared {
    /// Length of the file of `form`, where it was written.
    #[must_use]
    pub fn bytes(&self, form: Form) -> Option<u64> {
        self.report.sizes.iter().find(|s| s.form == form).map(|s| s.bytes)
    }

    /// Length of the baseline's file.
    #[must_use]
    pub fn dense_bytes(&self) -> u64 {
        self.bytes(Form::Dense).unwrap_or(0)
    }

    /// Length of the optimized model's file.
    #[must_use]
    pub fn best_bytes(&self) -> u64 {
        self.bytes(self.report.best).unwrap_or(0)
    }
}

/// The network at a step, for drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Step.
    pub step: u64,
    /// Weights, unit maps, liveliness.
    pub network: Arc<NetworkView>,
    /// Outputs over the plane, for two-dimensional data.
    pub boundary: Option<Arc<Boundary>>,
    /// Predictions for a few fixed test samples.
    pub samples: Arc<Vec<Sample>>,
}

/// Samples of one cell of the confusion matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct CellSamples {
    /// Row.
    pub actual: usize,
    /// Column.
    pub predicted: usize,
    /// How many there are in all.
    pub total: usize,
    /// The first of them.
    pub samples: Vec<Sample>,
}

/// Outputs for one asked input.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The question's number.
    pub ask: u32,
    /// By the fp32 model.
    pub baseline: Vec<f32>,
    /// By the optimized model.
    pub optimized: Vec<f32>,
}

/// A state of the run to go on from.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Step.
    pub step: u64,
    /// The experiment it belongs to.
    pub experiment: Arc<Experiment>,
    /// Opaque bytes for the worker.
    pub state: Bytes,
}

/// A note about training that has not been put away.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// Tells notes apart.
    pub id: u32,
    /// What happened and what to do.
    pub health: Health,
}

/// Everything the page knows. Large parts are shared, so that a panel sees by the pointer whether its part changed.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Engine build, once the worker is there.
    pub engine: Option<Arc<str>>,
    /// What trains the run, and why, once the worker has said so.
    pub engine_report: Option<Arc<EngineReport>>,
    /// Number of the run whose messages count.
    pub run: RunId,
    /// Where it stands.
    pub phase: Phase,
    /// What runs.
    pub experiment: Arc<Experiment>,
    /// What the controls say, where it differs and needs a new run.
    pub draft: Option<Arc<Experiment>>,
    /// Whether training goes on.
    pub playing: bool,
    /// Why it stands still.
    pub reason: Option<Reason>,
    /// The network's layers.
    pub model: Option<Arc<ModelReport>>,
    /// The data.
    pub data: Option<Arc<DataReport>>,
    /// Steps taken.
    pub step: u64,
    /// Epochs, with fraction.
    pub epoch: f64,
    /// Samples per second.
    pub rate: f64,
    /// The curves.
    pub history: Arc<Vec<MetricPoint>>,
    /// Last comparison.
    pub compared: Option<Arc<Compared>>,
    /// Last full latency measurement.
    pub latency: Option<Arc<LatencyReport>>,
    /// Whether the full measurement is under way.
    pub measuring: bool,
    /// The benchmark of the device under way: share done, and what is measured.
    pub benchmark: Option<(f64, String)>,
    /// The last one that came to its end.
    pub benchmarked: Option<Arc<Benchmarked>>,
    /// The recipe that is carried out, or was last.
    pub cooked: Option<Arc<Cooked>>,
    /// The network as drawn.
    pub view: Option<Arc<View>>,
    /// Weights against their grid, while somebody looks at them.
    pub weights: Option<Arc<Histogram>>,
    /// What a learner has come to.
    pub learner: Option<Arc<LearnerReport>>,
    /// Samples of the clicked confusion cell.
    pub cell: Option<Arc<CellSamples>>,
    /// What differs between both models' answers, and at which step.
    pub contrast: Option<Arc<(u64, Contrast)>>,
    /// ROC and precision-recall curves of both models, and at which step.
    pub roc: Option<Arc<(u64, Roc)>>,
    /// What each column of a table is to both models, and at which step.
    pub importance: Option<Arc<(u64, ImportanceNews)>>,
    /// Where samples leave early, and at which step.
    pub exits: Option<Arc<(u64, Exits)>>,
    /// What a step makes of test samples.
    pub features: Option<Arc<FeatureView>>,
    /// How much each layer's width matters, and at which step.
    pub sensing: Option<Arc<(u64, Sensing)>>,
    /// What was found out about training.
    pub lab: Arc<Lab>,
    /// What was found in a file of the reader's own, and to which question that is the answer.
    pub table: Option<Arc<(u32, TableNews)>>,
    /// What the model wrote: the question's number, the step of the model, and the text.
    pub written: Option<Arc<(u32, u64, TextNews)>>,
    /// Answer to the last question.
    pub prediction: Option<Arc<Prediction>>,
    /// Advice that has not been put away.
    pub notes: Vec<Note>,
    /// Errors by link key of the control.
    pub failures: BTreeMap<String, String>,
    /// Error at a layer: its position from 0, and what is wrong.
    pub layer_failure: Option<(usize, String)>,
    /// Everything tried.
    pub tried: Arc<Vec<Tried>>,
    /// Runs, newest last.
    pub runs: Arc<Vec<RunRecord>>,
    /// Last state to go on from.
    pub checkpoint: Option<Arc<Checkpoint>>,
    /// The last word of the run.
    pub summary: Option<Arc<Summary>>,
    /// Step from which this run was resumed.
    pub resumed: Option<u64>,
    pub(super) next_note: u32,
    /// Colour under which the record of a run that goes on after a reload is to be pinned again.
    pub(super) repin: Option<usize>,
}

impl Page {
    /// A page that will run `experiment`.
    #[must_use]
    pub fn new(experiment: Experiment) -> Self {
        Self { experiment: Arc::new(experiment.normal()), ..Self::default() }
    }

    /// What the controls show: the draft where there is one.
    #[must_use]
    pub fn shown(&self) -> &Arc<Experiment> {
        self.draft.as_ref().unwrap_or(&self.experiment)
    }

    /// The task of the current data; classification until it is known.
    #[must_use]
    pub fn task(&self) -> Task {
        self.data.as_deref().map_or_else(Task::default, Task::of)
    }

    /// Puts a note away.
    pub fn dismiss(&mut self, note: u32) {
        self.notes.retain(|n| n.id != note);
    }
}
