//! Parts of the page as signals: each tells its readers only when it changed itself.

use std::{collections::BTreeMap, sync::Arc};

use leptos::prelude::*;

use crate::{
    engine::{catalog::Pick, shape::Shape},
    experiment::{ByHand, Experiment},
    protocol::{
        Contrast, DataReport, EngineReport, Exits, FeatureView, Histogram, ImportanceNews, LatencyReport, LearnerReport, MetricPoint,
        ModelReport, Roc, Sensing,
    },
    state::{
        CellSamples, Compared, Cooked, Lab, Note, Page, Phase, PinnedRun, Prediction, RunRecord, Task, Tried, View,
        look::benchmark::Benchmarked,
    },
};

/// Whether two values are certainly the same, at no cost: shared ones by their pointers.
trait Same {
    fn same(&self, other: &Self) -> bool;
}

impl<T> Same for Arc<T> {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(self, other)
    }
}

impl<T> Same for Option<Arc<T>> {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        }
    }
}

impl Same for Vec<PinnedRun> {
    fn same(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .zip(other)
                .all(|(a, b)| (a.id, a.hue, a.same_loss) == (b.id, b.hue, b.same_loss) && Arc::ptr_eq(&a.history, &b.history))
    }
}

macro_rules! same_by_value {
    ($($type:ty),*) => { $(impl Same for $type {
        fn same(&self, other: &Self) -> bool {
            self == other
        }
    })* };
}
same_by_value!(bool, ByHand, usize, u64, f64, Phase, Task, String, Vec<Note>, Vec<Pick>);
same_by_value!(Option<u64>, Option<Shape>, Option<usize>, Option<(usize, String)>, Option<(f64, String)>, BTreeMap<String, String>);

fn part<T: Same + Send + Sync + 'static>(page: RwSignal<Page>, get: impl Fn(&Page) -> T + Send + Sync + 'static) -> Memo<T> {
    Memo::new_with_compare(
        move |_| page.with(&get),
        |old, new| match (old, new) {
            (Some(old), Some(new)) => !old.same(new),
            _ => true,
        },
    )
}

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $get:expr;)*) => {
        /// One signal a part.
        #[derive(Clone, Copy)]
        pub struct Parts { $($(#[$doc])* pub $name: Memo<$type>,)* }

        impl Parts {
            /// The parts of `page`.
            #[must_use]
            pub fn of(page: RwSignal<Page>) -> Self {
                Self { $($name: part(page, $get),)* }
            }
        }
    };
}

parts! {
    /// What the controls show.
    shown: Arc<Experiment> = |p| p.shown().clone();
    /// What runs.
    experiment: Arc<Experiment> = |p| p.experiment.clone();
    /// Whether a change waits for a new run.
    waiting: bool = |p| p.draft.is_some();
    /// Where the run stands.
    phase: Phase = |p| p.phase.clone();
    /// Engine build; empty until the worker is there.
    engine: String = |p| p.engine.as_deref().unwrap_or_default().to_string();
    /// What trains the run, and why.
    engine_report: Option<Arc<EngineReport>> = |p| p.engine_report.clone();
    /// Whether training goes on.
    playing: bool = |p| p.playing;
    /// The network's layers.
    model: Option<Arc<ModelReport>> = |p| p.model.clone();
    /// The data.
    data: Option<Arc<DataReport>> = |p| p.data.clone();
    /// Accuracy or R².
    task: Task = Page::task;
    /// Steps taken.
    step: u64 = |p| p.step;
    /// The earliest step that can be gone back to: moments from before a reload are gone.
    earliest: u64 = |p| p.resumed.unwrap_or(0);
    /// Epochs, with fraction.
    epoch: f64 = |p| p.epoch;
    /// Samples per second.
    rate: f64 = |p| p.rate;
    /// The curves.
    history: Arc<Vec<MetricPoint>> = |p| p.history.clone();
    /// Last comparison.
    compared: Option<Arc<Compared>> = |p| p.compared.clone();
    /// Last full latency measurement.
    latency: Option<Arc<LatencyReport>> = |p| p.latency.clone();
    /// Whether one is under way.
    measuring: bool = |p| p.measuring;
    /// The benchmark under way.
    benchmark: Option<(f64, String)> = |p| p.benchmark.clone();
    /// The last benchmark.
    benchmarked: Option<Arc<Benchmarked>> = |p| p.benchmarked.clone();
    /// The recipe that is carried out, or was last.
    cooked: Option<Arc<Cooked>> = |p| p.cooked.clone();
    /// The network as drawn.
    view: Option<Arc<View>> = |p| p.view.clone();
    /// Weights against their grid.
    weights: Option<Arc<Histogram>> = |p| p.weights.clone();
    /// Samples of the clicked confusion cell.
    cell: Option<Arc<CellSamples>> = |p| p.cell.clone();
    /// What differs between both models' answers, and at which step.
    contrast: Option<Arc<(u64, Contrast)>> = |p| p.contrast.clone();
    /// ROC and precision-recall curves of both models, and at which step.
    roc: Option<Arc<(u64, Roc)>> = |p| p.roc.clone();
    /// What each column of a table is to both models, and at which step.
    importance: Option<Arc<(u64, ImportanceNews)>> = |p| p.importance.clone();
    /// Where samples leave early, and at which step.
    exits: Option<Arc<(u64, Exits)>> = |p| p.exits.clone();
    /// What a step makes of test samples.
    features: Option<Arc<FeatureView>> = |p| p.features.clone();
    /// How much each layer's width matters, and at which step.
    sensing: Option<Arc<(u64, Sensing)>> = |p| p.sensing.clone();
    /// What was found out about training.
    lab: Arc<Lab> = |p| p.lab.clone();
    /// Answer to the last question.
    prediction: Option<Arc<Prediction>> = |p| p.prediction.clone();
    /// Advice.
    notes: Vec<Note> = |p| p.notes.clone();
    /// Errors by link key.
    failures: BTreeMap<String, String> = |p| p.failures.clone();
    /// Error at a layer.
    layer_failure: Option<(usize, String)> = |p| p.layer_failure.clone();
    /// Everything tried.
    tried: Arc<Vec<Tried>> = |p| p.tried.clone();
    /// Runs of this visit.
    runs: Arc<Vec<RunRecord>> = |p| p.runs.clone();
    /// Runs whose curves are overlaid.
    pinned: Vec<PinnedRun> = Page::pinned;
    /// How many pinned runs are of other data.
    pinned_elsewhere: usize = Page::pinned_elsewhere;
    /// Shape of a sample.
    input: Option<Shape> = |p| p.data.as_ref().map(|d| Shape(d.shape.clone()));
    /// Units of the output layer.
    outputs: Option<usize> = |p| p.data.as_ref().map(|d| d.classes.len().max(1));
    /// Links pruned or revived by hand.
    hand: ByHand = |p| p.experiment.hand.clone();
    /// Whether the controls show a network.
    is_network: bool = |p| p.shown().is_network();
    /// Whether a network runs.
    runs_network: bool = |p| p.experiment.is_network();
    /// What a learner has come to.
    learner: Option<Arc<LearnerReport>> = |p| p.learner.clone();
    /// Hidden layers as the controls show them.
    layers: Vec<Pick> = |p| p.shown().model.clone();
}
