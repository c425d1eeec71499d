//! What the worker reports: numbers for charts, cards and tables.

use serde::{Deserialize, Serialize};

use super::F32s;
use crate::engine::{artifact, error::SpecError};

/// One point of the curves. Losses are per sample, without penalties; `accuracy` is a share (classification) or R² (regression).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricPoint {
    /// Steps taken.
    pub step: u64,
    /// Epochs, with fraction.
    pub epoch: f64,
    /// Mean training loss since the last point.
    pub train_loss: f32,
    /// Share of right answers (or R²) on the training mini-batches since the last point.
    pub train_score: f32,
    /// Loss on the validation samples, where there are any and this point measured it.
    pub validation_loss: Option<f32>,
    /// Accuracy or R² on the validation samples, where there are any and this point measured it.
    pub validation_score: Option<f32>,
    /// Loss on the test samples, where this point measured it.
    pub test_loss: Option<f32>,
    /// Accuracy or R² on the test samples, where this point measured it.
    pub test_score: Option<f32>,
    /// Accuracy or R² of the optimized model on the test samples, where this point measured it.
    pub optimized_score: Option<f32>,
    /// Learning rate used.
    pub lr: f32,
}

/// What a network is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelReport {
    /// Layers in order, the output layer last.
    pub layers: Vec<LayerReport>,
    /// Parameters in total.
    pub params: u64,
    /// Multiply-accumulates per sample.
    pub macs: u64,
    /// Activation values per sample, in total.
    pub activations: u64,
    /// Most of them that are needed at once when layers run one after the other: input and output of a layer. Activations and
    /// reshaping work in place.
    pub peak_activations: u64,
}

/// One layer of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerReport {
    /// Catalogue key.
    pub key: String,
    /// Label with its main numbers: "Dense 64".
    pub label: String,
    /// Shape of one output sample.
    pub output: Vec<usize>,
    /// Parameters.
    pub params: u64,
    /// Multiply-accumulates per sample.
    pub macs: u64,
    /// Around how many layers before it a skip connection leads that ends here; 0 where none does.
    pub back: usize,
}

/// What the data is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataReport {
    /// Key of the data set or generator.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Class names; empty for regression.
    pub classes: Vec<String>,
    /// Name and unit of a regression's target; empty for classification.
    pub target: String,
    /// Shape of one sample.
    pub shape: Vec<usize>,
    /// Names of features, for tables.
    pub features: Vec<String>,
    /// Training samples.
    pub train: usize,
    /// Samples held out of the training set for validation.
    pub validation: usize,
    /// Test samples.
    pub test: usize,
    /// For two-dimensional data: `x, y, label or value, part` per point: 0 training, 1 test, 2 validation.
    pub points: F32s,
    /// Share of the variance of each component that features were projected onto, of all there were, the largest first; empty where they were not.
    pub explained: Vec<f32>,
    /// What simple methods reach on the same test samples, the one to beat first; empty where nothing is known.
    pub baselines: Vec<Baseline>,
}

/// What a simple method reaches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The method.
    pub model: String,
    /// Accuracy, or R² for regression.
    pub score: f32,
}

/// A model judged on the test samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Mean loss.
    pub loss: f32,
    /// Accuracy, or R² for regression.
    pub score: f32,
    /// Mean absolute error, for regression.
    pub mae: Option<f32>,
    /// Confusion counts, row = actual, column = predicted, row-major; empty for regression.
    pub confusion: Vec<u32>,
    /// How many samples.
    pub samples: usize,
}

/// Ways to write the model into a file; each is a real file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Every weight as a 32-bit float, before any compression.
    Dense,
    /// The pruned weights as 32-bit floats: zeros cost as much as any number.
    Masked,
    /// Weights at their width in bits, zeros included.
    Packed,
    /// Only nonzero weights, with their positions.
    Sparse,
    /// Entropy-coded (deflate): packed, sparse or byte by byte, whichever comes out smallest.
    Deflate,
    /// Not a whittled file: safetensors of the fp32 weights.
    Safetensors,
    /// Not a whittled file: JSON of experiment and fp32 weights.
    Json,
    /// For other runtimes: the optimized model as an ONNX file.
    Onnx,
    /// For other runtimes: the fp32 model as an ONNX file.
    OnnxFp32,
}

impl From<artifact::Form> for Form {
    fn from(form: artifact::Form) -> Self {
        match form {
            artifact::Form::Dense => Self::Dense,
            artifact::Form::Masked => Self::Masked,
            artifact::Form::Packed => Self::Packed,
            artifact::Form::Sparse => Self::Sparse,
            artifact::Form::Deflate => Self::Deflate,
        }
    }
}

/// Bytes of one [`Form`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormSize {
    /// The form.
    pub form: Form,
    /// Length of its file.
    pub bytes: u64,
    /// Of which weights and biases (the rest is header, scales and positions).
    pub payload: u64,
}

impl From<artifact::FormSize> for FormSize {
    fn from(size: artifact::FormSize) -> Self {
        Self { form: size.form.into(), bytes: size.bytes, payload: size.payload }
    }
}

/// What compression did, in real bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimizedReport {
    /// Length of the file of each form; `Dense` is the baseline's.
    pub sizes: Vec<FormSize>,
    /// The form that the optimized model is stored, run and downloaded in.
    pub best: Form,
    /// Share of weights that are exactly zero or removed.
    pub sparsity: f32,
    /// Units (neurons, filters) removed for good.
    pub units_removed: u64,
    /// Units before.
    pub units: u64,
    /// Share of zero weights of each layer of [`ModelReport::layers`].
    pub layer_sparsity: Vec<f32>,
    /// Kernel that runs each layer of the optimized model: "f32", "int8", "int4", "sparse f32", …
    pub kernels: Vec<String>,
    /// What a reader should know: "dense is used for layer 2: 40 % zeros are under the 75 % at which sparse pays here".
    pub notes: Vec<String>,
    /// Root-mean-square error of weights against fp32, relative, per layer.
    pub weight_error: Vec<f32>,
    /// What each layer of [`ModelReport::layers`] takes in memory while the models run.
    pub memory: Vec<LayerMemory>,
    /// Multiply-accumulates per sample of each layer of the optimized model, without those that its kernel skips; the baseline's stand
    /// in [`ModelReport::layers`].
    pub macs: Vec<u64>,
}

/// Memory of one layer of both models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerMemory {
    /// Of the fp32 model.
    pub baseline: Memory,
    /// Of the optimized model.
    pub optimized: Memory,
}

/// Bytes of a layer in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Weights as its kernel keeps them, with their positions, scales and biases.
    pub weights: u64,
    /// Its output for one sample; 0 where it passes its input on.
    pub activations: u64,
}

/// Times of repeated calls, ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Samples per call.
    pub batch: usize,
    /// Median per call.
    pub p50: f64,
    /// 95th percentile per call.
    pub p95: f64,
    /// Calls timed.
    pub calls: u64,
}

/// Baseline against optimized, measured in alternation so that drift cancels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatencyReport {
    /// Per batch size.
    pub baseline: Vec<Timing>,
    /// Per batch size, same order.
    pub optimized: Vec<Timing>,
    /// Per layer that computes something, at batch 1; empty in a first, short measurement.
    pub layers: Vec<LayerTime>,
    /// How each form but the baseline's runs at batch 1; empty in a first, short measurement.
    pub forms: Vec<FormTime>,
}

/// How a form of the model runs, one sample at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormTime {
    /// The form.
    pub form: Form,
    /// On which kernels, and how long that takes.
    pub runs: Runs,
}

/// On which kernels a form runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Runs {
    /// On its own; measured in alternation with the baseline.
    Timed {
        /// The baseline meanwhile.
        baseline: Timing,
        /// This form.
        own: Timing,
    },
    /// On those of another form, layer by layer: it takes the same time.
    Like(Form),
}

/// Time of one layer at batch 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerTime {
    /// Index in the model's layers.
    pub layer: usize,
    /// The baseline.
    pub baseline: Timing,
    /// The optimized model; `None` where the layer is gone.
    pub optimized: Option<Timing>,
}

/// The network for drawing. For each layer with units the page draws at most 16; `units` says which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkView {
    /// The input, then one per layer of [`ModelReport::layers`] that has weights, shown behind its activation.
    pub columns: Vec<ViewColumn>,
    /// How many single weights were set by hand in this run.
    pub weights_set: u32,
}

/// One column of the drawing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ViewColumn {
    /// Index in [`ModelReport::layers`]; `None` for the input.
    pub layer: Option<usize>,
    /// Which units (neurons, channels) are drawn.
    pub units: Vec<usize>,
    /// Units in all.
    pub total: usize,
    /// Little maps, one per drawn unit, `map.0 × map.1` values each.
    pub maps: F32s,
    /// What they show.
    pub kind: MapKind,
    /// Height and width of each map.
    pub map: (usize, usize),
    /// For each drawn unit: share of test samples on which it is not zero; 0 is dead.
    pub alive: Vec<f32>,
    /// Links from the drawn units of the column before, `[before, here]`: the weight, or the mean of all weights between two units
    /// (kernels, positions of a flattened image).
    pub links: F32s,
    /// Weights of one link: 1 between dense layers, more for kernels and positions; 0 for the input.
    pub fan: usize,
    /// For each link: 1 alive, 0 pruned.
    pub kept: Vec<u8>,
    /// Bias of each drawn unit; empty where there is none.
    pub bias: Vec<f32>,
    /// What each drawn unit says to the watched sample; empty where its map shows that.
    pub values: Vec<f32>,
}

/// What the map of a unit shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MapKind {
    /// The watched sample itself, or a coordinate of the plane.
    Input,
    /// The unit's activation over the plane.
    Plane,
    /// The filter's activation map of the watched sample.
    Activation,
    /// The weights from every pixel, of a unit that sees the image itself.
    Weights,
    /// The mean test image at which the unit says more than usual, less the one at which it says less.
    Response,
    /// What the unit says to the watched sample, one number.
    Value,
}

/// Outputs over a square of the plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boundary {
    /// Cells per edge.
    pub cells: usize,
    /// The square is −extent … extent on both axes.
    pub extent: f32,
    /// Score per cell, rows from the top: class 1's probability minus ½ times 2 (two classes), or the predicted class (more), or the value.
    pub baseline: F32s,
    /// The same for the optimized model.
    pub optimized: F32s,
}

/// A test sample and what the models say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Index among the test samples.
    pub index: usize,
    /// The input, in the data's own units.
    pub input: F32s,
    /// Class, or target value.
    pub actual: f32,
    /// Probabilities, or the value, by the fp32 model.
    pub baseline: Vec<f32>,
    /// The same by the optimized model.
    pub optimized: Vec<f32>,
}

/// Why training stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// The user paused, or has not yet pressed play.
    Paused,
    /// The asked steps or the epoch are done.
    StepDone,
    /// All epochs are done.
    Finished,
    /// Early stopping; best weights are back.
    EarlyStop,
    /// The loss left the range of numbers; the last good weights are back.
    Diverged,
}

/// What a note about training is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Topic {
    /// Loss or weights became NaN or infinite.
    Diverged,
    /// Many units never fire.
    DeadUnits,
    /// Early stopping acted.
    EarlyStop,
    /// The run reached its end, and better weights of an earlier epoch are back.
    Best,
}

/// A note about training, with advice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// What it is about.
    pub topic: Topic,
    /// What happened, in one sentence.
    pub message: String,
    /// What to do about it, in one sentence.
    pub advice: String,
    /// Step whose weights are in use now.
    pub step: u64,
}

/// The last word of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Steps taken.
    pub steps: u64,
    /// Epochs taken.
    pub epochs: f64,
    /// Why it ended.
    pub reason: Reason,
    /// The fp32 model.
    pub baseline: Evaluation,
    /// The optimized model.
    pub optimized: Evaluation,
    /// Its bytes.
    pub report: OptimizedReport,
    /// Seed.
    pub seed: u64,
    /// Engine build that produced the numbers.
    pub engine: String,
}

/// What went wrong with a request.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum RunError {
    /// A value of the experiment.
    #[error("{0}")]
    Spec(SpecError),
    /// A data set that did not arrive or cannot be read.
    #[error("data set {key}: {reason}")]
    Data {
        /// Its key.
        key: String,
        /// What happened.
        reason: String,
    },
    /// A file (checkpoint, model) that cannot be read.
    #[error("file: {0}")]
    File(String),
    /// A message for a run that is not there.
    #[error("run {0} is not here any more")]
    NoRun(u32),
    /// A message that cannot be read: page and worker are of different builds.
    #[error("message: {0}")]
    Message(String),
    /// The rest of the engine ([`ToWorker::Complete`](super::ToWorker::Complete)).
    #[error("A part of the engine did not load; the connection may be lost.")]
    Incomplete,
}
