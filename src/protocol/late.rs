//! Answers to what only parts of the page that are loaded later ask for. What reads and writes them is loaded with those parts: they are bytes to the first view's part
//! of the page, and the first part of the worker never has one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Answers, Benchmark, Bytes, Contrast, Exits, FeatureView, Histogram, ImportanceNews, LabNews, LatencyReport, LearnerReport, Recipe, Roc,
    RunId, Seen, Sensing, TableNews, TextNews,
};
use crate::experiment::Experiment;

/// All of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Late {
    /// News of the benchmark that [`ToWorker::Benchmark`](super::ToWorker::Benchmark) asked for.
    Benchmark {
        /// The run.
        run: RunId,
        /// Where it stands.
        news: Benchmark,
    },
    /// News of the recipe that [`ToWorker::Cook`](super::ToWorker::Cook) asked for.
    Recipe {
        /// The run.
        run: RunId,
        /// The question's number.
        ask: u32,
        /// The experiment with that recipe.
        experiment: Arc<Experiment>,
        /// Where it stands.
        news: Recipe,
    },
    /// Answer to [`ToWorker::Contrast`](super::ToWorker::Contrast).
    Contrast {
        /// The run.
        run: RunId,
        /// Step of the models.
        step: u64,
        /// Where their answers differ.
        contrast: Contrast,
    },
    /// Answer to [`ToWorker::Roc`](super::ToWorker::Roc).
    Roc {
        /// The run.
        run: RunId,
        /// Step of the models.
        step: u64,
        /// The curves.
        roc: Roc,
    },
    /// Answer to [`ToWorker::Importance`](super::ToWorker::Importance).
    Importance {
        /// The run.
        run: RunId,
        /// Step of the models.
        step: u64,
        /// Where it stands.
        news: ImportanceNews,
    },
    /// Answer to [`ToWorker::Exits`](super::ToWorker::Exits).
    Exits {
        /// The run.
        run: RunId,
        /// Step of the model.
        step: u64,
        /// Where samples leave.
        exits: Exits,
    },
    /// Answer to [`ToWorker::Sense`](super::ToWorker::Sense).
    Sensitivity {
        /// The run.
        run: RunId,
        /// Step of the model.
        step: u64,
        /// Where it stands.
        news: Sensing,
    },
    /// News of the file that [`ToWorker::Table`](super::ToWorker::Table) brought.
    Table {
        /// The question's number; 0 where a run asked.
        ask: u32,
        /// Where it stands.
        news: TableNews,
    },
    /// Answer to [`ToWorker::Keep`](super::ToWorker::Keep): a file of the fp32 model.
    Model {
        /// The run.
        run: RunId,
        /// Step.
        step: u64,
        /// The checksum by which it is known.
        checksum: String,
        /// The file.
        bytes: Bytes,
    },
    /// Answer to [`ToWorker::Look`](super::ToWorker::Look).
    Seen {
        /// The run.
        run: RunId,
        /// The recipe's number ([`ToWorker::Cook`](super::ToWorker::Cook)).
        ask: u32,
        /// What was seen.
        seen: Seen,
    },
    /// Weights and their grid, as [`ToWorker::Inspect`](super::ToWorker::Inspect) asked; of the same moment as the last comparison.
    Weights {
        /// The run.
        run: RunId,
        /// Step.
        step: u64,
        /// Bars, levels and errors.
        histogram: Histogram,
    },
    /// Better times of the latest comparison, taken when nothing else was at work.
    Timed {
        /// The run.
        run: RunId,
        /// The settings of the comparison.
        experiment: Arc<Experiment>,
        /// One sample through both models.
        latency: LatencyReport,
    },
    /// What a learner has come to; of the same moment as the last comparison. [`ToWorker::Inspect`](super::ToWorker::Inspect) says which tree of it to send, as its layer.
    Learner {
        /// The run.
        run: RunId,
        /// Step.
        step: u64,
        /// What both models are made of.
        report: LearnerReport,
    },
    /// Answer to [`ToWorker::Lab`](super::ToWorker::Lab).
    Lab {
        /// The run.
        run: RunId,
        /// What was found so far.
        news: LabNews,
    },
    /// Answer to [`ToWorker::Answers`](super::ToWorker::Answers).
    Answers {
        /// The run.
        run: RunId,
        /// All of them.
        answers: Answers,
    },
    /// Answer to [`ToWorker::Write`](super::ToWorker::Write).
    Text {
        /// The run.
        run: RunId,
        /// The question's number.
        ask: u32,
        /// Step of the model that wrote.
        step: u64,
        /// What it wrote.
        news: TextNews,
    },
    /// Answer to [`ToWorker::Features`](super::ToWorker::Features).
    Features {
        /// The run.
        run: RunId,
        /// What was seen.
        view: FeatureView,
    },
}

impl Late {
    /// The run that it is about; `None` where it is about none.
    #[must_use]
    pub fn run(&self) -> Option<RunId> {
        match self {
            Self::Table { .. } => None,
            Self::Benchmark { run, .. }
            | Self::Recipe { run, .. }
            | Self::Contrast { run, .. }
            | Self::Roc { run, .. }
            | Self::Importance { run, .. }
            | Self::Exits { run, .. }
            | Self::Sensitivity { run, .. }
            | Self::Timed { run, .. }
            | Self::Weights { run, .. }
            | Self::Learner { run, .. }
            | Self::Lab { run, .. }
            | Self::Answers { run, .. }
            | Self::Text { run, .. }
            | Self::Features { run, .. }
            | Self::Model { run, .. }
            | Self::Seen { run, .. } => Some(*run),
        }
    }
}
