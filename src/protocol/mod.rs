//! What crosses the thread: two enums and their data, shared by both sides.
//!
//! The worker speaks first ([`FromWorker::Ready`]): what is posted before its code has loaded is lost. Every later message
//! carries its run, and the page drops messages of runs it has left. Failure is a variant, not a wrapper around the others.

mod benchmark;
mod bytes;
mod contrast;
mod engine;
mod exits;
mod features;
mod first;
mod histogram;
mod importance;
mod lab;
mod late;
mod learner;
mod made;
mod recipe;
mod report;
mod roc;
mod sensitivity;
mod snapshots;
mod table;
mod text;
mod trial;
mod walk;
mod wire;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use benchmark::{BenchRow, Benchmark};
pub use bytes::{Bytes, F32s};
pub use contrast::{Calibration, Contrast, Group, Reliability};
pub use engine::{Backend, Device, EngineReport, Wanted, Why};
pub use exits::{ExitPlace, ExitPoint, Exits};
pub use features::{FeatureView, LassoView};
pub use first::pack_first;
pub use histogram::{Grid, Histogram, Inspect};
pub use importance::{Importance, ImportanceNews};
pub use lab::{Checkup, LabNews, LabWish, Lap, LapPoint, LayerHealth, Rates, Spread, Surface};
pub use late::Late;
pub use learner::{Applies, LearnerReport, TreeView};
pub use made::{Look, MadeLayer, MadeTimes, Seen};
pub use recipe::{Recipe, Stage};
pub use report::{
    Baseline, Boundary, DataReport, Evaluation, Form, FormSize, FormTime, Health, LatencyReport, LayerMemory, LayerReport, LayerTime,
    MapKind, Memory, MetricPoint, ModelReport, NetworkView, OptimizedReport, Reason, RunError, Runs, Sample, Summary, Timing, Topic,
    ViewColumn,
};
pub use roc::{ClassRoc, Roc};
pub use sensitivity::{LayerSensitivity, Sensing, Sensitivity, WidthEffect};
pub use snapshots::{Member, Snapshots, Together};
pub use table::{ColumnReport, TableNews, TableReport};
pub use text::{TextNews, TextWish};
pub use trial::{Answers, Trial};
pub use walk::{Move, Numbers, Sum, Term, Walk, WalkLayer, WalkTensor};
pub use wire::{is_late, pack, pack_late, unpack, unpack_late};

use crate::{
    engine::catalog::Pick,
    experiment::{Experiment, Link},
};

/// Raised whenever a message changes its meaning; page and worker come from one build and must agree.
pub const PROTOCOL: u32 = 10;

/// A run, numbered by the page. Restarting makes a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId(pub u32);

/// Everything the page can say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToWorker {
    /// Traps on purpose, so that tests see the page recover; nothing in the page sends it. It stays first: one zero byte.
    Crash,
    /// Replaces whatever runs. `resume` is a checkpoint (from [`FromWorker::Checkpoint`]) of the same run; live settings may have
    /// changed since.
    Start {
        /// Number of the new run.
        run: RunId,
        /// What to run.
        experiment: Box<Experiment>,
        /// Where to go on from.
        resume: Option<Bytes>,
        /// Whether training begins at once.
        play: bool,
    },
    /// Training stands still; measuring and previews still answer.
    Pause(RunId),
    /// Training goes on.
    Resume(RunId),
    /// Some steps, then pause.
    Step {
        /// The run.
        run: RunId,
        /// How many.
        steps: u64,
    },
    /// To the end of the current epoch, then pause.
    Epoch(RunId),
    /// The run is over; its memory is freed.
    Cancel(RunId),
    /// Live settings changed: applied from the next step on, compression previewed at once.
    Update {
        /// The run.
        run: RunId,
        /// The whole experiment with the changed values.
        experiment: Box<Experiment>,
    },
    /// Back (or forward) to the kept snapshot nearest to `step`; training pauses there and would go on from there.
    Scrub {
        /// The run.
        run: RunId,
        /// Wanted step.
        step: u64,
    },
    /// Outputs for one input of the model's input shape, `[I]`: the draw pad, or a point of the plane.
    Predict {
        /// The run.
        run: RunId,
        /// Comes back with the answer, so that late answers can be told from new ones.
        ask: u32,
        /// The input in the data's own units (pixels 0 to 1).
        input: F32s,
    },
    /// Test samples of one cell of the confusion matrix (of the optimized model where `optimized`), at most 24.
    Cell {
        /// The run.
        run: RunId,
        /// Row.
        actual: usize,
        /// Column.
        predicted: usize,
        /// Whose predictions.
        optimized: bool,
    },
    /// Sets the one weight of a link by hand; training goes on from it. Which links are pruned by hand is part of the experiment
    /// ([`ToWorker::Update`]); this is a moment of the run, kept by checkpoints and in no link.
    SetWeight {
        /// The run.
        run: RunId,
        /// The link; its layer counts in [`ModelReport::layers`].
        link: Link,
        /// The number, −100 to 100.
        value: f32,
    },
    /// At most so many epochs a second from now on, in this run and those that follow, so that small data can be watched; `None` for
    /// as fast as it goes.
    Pace(Option<f64>),
    /// What training is to run on from now on, in this run and those that follow.
    Engine(Wanted),
    /// The full latency measurement: batch 1 and 64, baseline and optimized interleaved, per layer.
    Measure(RunId),
    /// Benchmarks the device: the engine's kernels, steps of this model, and then its latency as [`ToWorker::Measure`] does. Training
    /// waits meanwhile.
    Benchmark(RunId),
    /// Stops the benchmark under way, if any.
    StopBenchmark(RunId),
    /// Carries out a recipe on a copy of the trained model; training waits meanwhile. One under way is dropped.
    Cook {
        /// The run.
        run: RunId,
        /// Comes back with the news, so that those of one recipe can be told from those of another.
        ask: u32,
        /// Its steps.
        recipe: Vec<Pick>,
        /// Whether the model is judged after every step, or after the last alone.
        every: bool,
    },
    /// Stops the recipe under way, if any.
    StopRecipe(RunId),
    /// A file of what the last recipe made.
    ExportRecipe {
        /// The run.
        run: RunId,
        /// What kind of file.
        form: Form,
    },
    /// Holds the answers of both models of the latest comparison against each other, all test samples through.
    Contrast(RunId),
    /// Draws ROC and precision-recall curves of both models of the latest comparison, all test samples through.
    Roc(RunId),
    /// Shuffles one column after the other of a table's test samples for both models of the latest comparison; training waits meanwhile.
    Importance {
        /// The run.
        run: RunId,
        /// `false` stops it.
        wanted: bool,
    },
    /// Measures how much the width of each layer matters; training waits meanwhile.
    Sense(RunId),
    /// A new comparison now, whether or not anything changed.
    Compare(RunId),
    /// A file for the download button.
    Export {
        /// The run.
        run: RunId,
        /// What kind of file.
        form: Form,
    },
    /// Which weights to send against their grid with each comparison from now on, in this run and those that follow; `None` for none.
    Inspect(Option<Inspect>),
    /// Which view of the network to send with each [`FromWorker::View`]: an index of a test sample drawn through it.
    Watch {
        /// The run.
        run: RunId,
        /// Index among the test samples.
        sample: usize,
    },
    /// The rest of the engine is to be loaded now: the first point is on the screen, or it did not arrive before ([`RunError::Incomplete`]).
    Complete,
    /// A file of the reader's own, or the last one read otherwise: what is in it is told with [`Late::Table`], and a run that waits for it begins.
    Table {
        /// Comes back with the news.
        ask: u32,
        /// The file; `None` for the last one.
        bytes: Option<Bytes>,
        /// How it is read.
        pick: Pick,
        /// Corrections of what columns hold.
        columns: String,
    },
    /// The file that the run waits for ([`FromWorker::WantsTable`]) is not at hand.
    NoTable(RunId),
    /// Measures where test samples leave the optimized model of the latest comparison early.
    Exits(RunId),
    /// Something is to be found out about training on a copy of the model, while the run stands aside.
    Lab {
        /// The run.
        run: RunId,
        /// What.
        wish: LabWish,
    },
    /// A model file that can teach: what waits for it goes on.
    Model(Bytes),
    /// Asks for the model as it is now, so that it can teach later: [`Late::Model`].
    Keep(RunId),
    /// Looks at what the last recipe made.
    Look {
        /// The run.
        run: RunId,
        /// At what.
        what: Look,
    },
    /// Runs on some of the samples, in place of whatever runs, and without drawings.
    Trial {
        /// Number of the new run.
        run: RunId,
        /// What to run; its seed is that of the training.
        experiment: Box<Experiment>,
        /// On what.
        trial: Trial,
    },
    /// Asks how the model of a run that has ended answers: [`Late::Answers`].
    Answers(RunId),
    /// Has the model of a run on a text write, beside training: [`Late::Text`]. What was asked before and is not written yet is dropped.
    Write {
        /// The run.
        run: RunId,
        /// Comes back with the text.
        ask: u32,
        /// What.
        wish: TextWish,
    },
    /// Looks at test samples before and behind a step that makes features: [`Late::Features`].
    Features {
        /// The run.
        run: RunId,
        /// Which step, from 0; `None` for the one that tells most.
        step: Option<usize>,
        /// Which two of the columns that come in; `None` for those that tell most.
        columns: Option<(usize, usize)>,
    },
}

/// Everything the worker can say. What it may say without its rest comes first: [`pack_first`] goes by the order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromWorker {
    /// The worker has loaded. It stays first and as it is, so that every build can read it.
    Ready {
        /// [`PROTOCOL`].
        protocol: u32,
        /// Engine build: "simd128", "native".
        engine: String,
    },
    /// What trains the run from `step` on, and why: said when that changes.
    Engine {
        /// The run.
        run: RunId,
        /// Steps taken by then.
        step: u64,
        /// Which, and why.
        report: EngineReport,
    },
    /// Data is being fetched.
    Loading {
        /// The run.
        run: RunId,
        /// Data set's key.
        data: String,
    },
    /// The run exists: what it is made of.
    Started {
        /// The run.
        run: RunId,
        /// The network.
        model: ModelReport,
        /// The data.
        data: DataReport,
        /// Steps already taken (a resumed run).
        step: u64,
    },
    /// Training moved on (a few times a second).
    Progress {
        /// The run.
        run: RunId,
        /// Steps taken.
        step: u64,
        /// Epochs, with fraction.
        epoch: f64,
        /// Samples per second since the last report, measured.
        rate: f64,
        /// New points of the curves.
        points: Vec<MetricPoint>,
    },
    /// Playing or standing still, and why.
    State {
        /// The run.
        run: RunId,
        /// Whether training goes on.
        playing: bool,
        /// Why it stands still.
        reason: Option<Reason>,
    },
    /// The network as it is now, for drawing.
    View {
        /// The run.
        run: RunId,
        /// Step.
        step: u64,
        /// Weights, unit maps, liveliness.
        network: NetworkView,
        /// Outputs over the plane, for two-dimensional data.
        boundary: Option<Boundary>,
        /// Predictions for a few fixed test samples, for images and tables.
        samples: Vec<Sample>,
    },
    /// Something about training deserves a word: advice, never silent.
    Health {
        /// The run.
        run: RunId,
        /// What and what to do.
        health: Health,
    },
    /// A request could not be carried out; the run it belongs to (if any) stays as it was; a start that fails leaves none.
    Failed {
        /// The run, where the request belongs to one.
        run: Option<RunId>,
        /// What happened.
        error: RunError,
    },
    /// Live settings were taken over (or the preview alone was renewed).
    Updated {
        /// The run.
        run: RunId,
    },
    /// Baseline and optimized model on the test samples, and the optimized model's real bytes.
    Compared {
        /// The run.
        run: RunId,
        /// Step at which both were taken.
        step: u64,
        /// The settings that gave these numbers; the page may be further on by now.
        experiment: Arc<Experiment>,
        /// The fp32 model.
        baseline: Evaluation,
        /// The optimized model.
        optimized: Evaluation,
        /// Its bytes and what was removed.
        report: OptimizedReport,
        /// A first latency (short measurement, batch 1), baseline and optimized interleaved.
        latency: LatencyReport,
    },
    /// The full latency measurement.
    Measured {
        /// The run.
        run: RunId,
        /// The settings of the models that were measured.
        experiment: Arc<Experiment>,
        /// p50, p95 per batch size and per layer.
        latency: LatencyReport,
    },
    /// Answer to [`ToWorker::Predict`]: outputs after softmax (classification) or as they are (regression).
    Prediction {
        /// The run.
        run: RunId,
        /// The question's number.
        ask: u32,
        /// By the fp32 model.
        baseline: Vec<f32>,
        /// By the optimized model.
        optimized: Vec<f32>,
    },
    /// Answer to [`ToWorker::Cell`].
    Samples {
        /// The run.
        run: RunId,
        /// Row.
        actual: usize,
        /// Column.
        predicted: usize,
        /// How many there are in all.
        total: usize,
        /// The first of them.
        samples: Vec<Sample>,
    },
    /// Everything needed to go on after a reload or a crash (about every five seconds, and on pause).
    Checkpoint {
        /// The run.
        run: RunId,
        /// Step.
        step: u64,
        /// The settings that the run has reached by then.
        experiment: Arc<Experiment>,
        /// Opaque bytes for [`ToWorker::Start`].
        state: Bytes,
    },
    /// A file for the user.
    File {
        /// The run.
        run: RunId,
        /// Suggested file name.
        name: String,
        /// Its content.
        bytes: Bytes,
    },
    /// The run's planned epochs are over, or early stopping ended it.
    Finished {
        /// The run.
        run: RunId,
        /// The last word.
        summary: Summary,
    },
    /// The run cannot begin, or its recipe, without this file: the reader's own table, or the model of a teacher.
    WantsTable {
        /// The run.
        run: RunId,
        /// Checksum of the file.
        checksum: String,
        /// Its name.
        name: String,
    },
    /// What only parts of the page that are loaded later ask for. It is packed by [`pack_late`], not with the rest.
    #[serde(skip)]
    Late(Late),
}
