//! Data: what a network learns from and is judged on, ready for the engine.

pub mod baseline;
mod bundled;
mod damage;
pub mod files;
pub mod generators;
pub mod painted;
mod selection;
mod source;
mod split;
pub mod table;
pub mod text;

pub use bundled::{FILES, SERIES, TABLES, file_name, in_time};
pub use damage::Damage;
pub(in crate::engine) use selection::folds;
pub use selection::{Picks, Selection};
pub use source::{Source, TableSource, source};
pub use text::TextSource;

use std::sync::Arc;

use super::{
    catalog::{Info, Listing},
    features::Pipeline,
    shape::Shape,
};

/// A data set with its split, scaled as the network sees it.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Catalogue key.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// Shape of one sample.
    pub shape: Shape,
    /// What is predicted.
    pub task: Task,
    /// Names of the features of a table; empty for images.
    pub features: Vec<String>,
    /// What a network sees is `(raw − shift) · scale` per feature; images and generated points have shift 0 and scale 1.
    pub scaling: Vec<(f32, f32)>,
    /// Samples to learn from.
    pub train: Samples,
    /// Samples to choose by while training: early stopping goes by them. None until [`Dataset::with_validation`].
    pub validation: Samples,
    /// Samples to judge by.
    pub test: Samples,
    /// What made the inputs of others, where something did.
    pub pipeline: Option<Arc<Pipeline>>,
}

/// What is predicted.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// One of these classes.
    Classes(Vec<String>),
    /// A number. The network learns `(value − shift) · scale` (standardised on the training set).
    Value {
        /// Name, with its unit.
        name: String,
        /// Mean on the training set.
        shift: f32,
        /// One over the standard deviation on the training set.
        scale: f32,
    },
}

impl Task {
    /// Outputs that a network needs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        match self {
            Self::Classes(names) => names.len(),
            Self::Value { .. } => 1,
        }
    }
}

/// Samples, row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// How many.
    pub len: usize,
    /// Inputs as the network sees them, `[len, shape]`; NaN where something is missing that a step is to fill ([`IMPUTE`](super::features::IMPUTE)).
    pub inputs: Vec<f32>,
    /// Class of each sample; empty for regression.
    pub classes: Vec<u32>,
    /// Standardised target of each sample; empty for classification.
    pub values: Vec<f32>,
}

impl Dataset {
    /// Whether inputs are missing.
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        [&self.train, &self.validation, &self.test].iter().any(|part| part.inputs.iter().any(|v| v.is_nan()))
    }
}

/// Every data set: files, then generators, then points and a table of the reader's own.
pub const LISTING: Listing = Listing { entries: &ALL, ..generators::LISTING };

const ALL: [Info; FILES.len() + generators::LISTING.entries.len() + 2] = {
    let mut all = [table::INFO; _];
    let mut i = 0;
    all[all.len() - 2] = painted::INFO;
    while i + 2 < all.len() {
        all[i] = if i < FILES.len() { FILES[i] } else { generators::LISTING.entries[i - FILES.len()] };
        i += 1;
    }
    all
};
