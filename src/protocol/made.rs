//! A look at what the last recipe made, beside the trained model with which it began.

use serde::{Deserialize, Serialize};

use super::{Contrast, Memory, Roc, Sample, Timing};

/// What is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Look {
    /// Where the answers of both models differ.
    Contrast,
    /// How well both tell each class from the rest.
    Roc,
    /// Test samples of one cell of the confusion matrix, at most 24.
    Cell {
        /// Row.
        actual: usize,
        /// Column.
        predicted: usize,
        /// Whether of what the recipe made, or of the trained model.
        optimized: bool,
    },
    /// Times of both models, and of each layer of what the recipe made.
    Times,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Seen {
    /// Answer to [`Look::Contrast`].
    Contrast(Contrast),
    /// Answer to [`Look::Roc`].
    Roc(Roc),
    /// Answer to [`Look::Cell`].
    Cell {
        /// Row.
        actual: usize,
        /// Column.
        predicted: usize,
        /// How many there are in all.
        total: usize,
        /// The first of them.
        samples: Vec<Sample>,
    },
    /// Answer to [`Look::Times`].
    Times(MadeTimes),
}

/// Times of what a recipe made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MadeTimes {
    /// The trained model in fp32, for each batch size.
    pub baseline: Vec<Timing>,
    /// What the recipe made, measured in turn with that.
    pub made: Vec<Timing>,
    /// Its layers, which need not be those of the trained model.
    pub layers: Vec<MadeLayer>,
}

/// A layer of what a recipe made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MadeLayer {
    /// "Dense 64".
    pub label: String,
    /// What runs it; empty where nothing is computed.
    pub kernel: String,
    /// Time of one sample; `None` where it takes none.
    pub time: Option<Timing>,
    /// Bytes in memory.
    pub memory: Memory,
}
