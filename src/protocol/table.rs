//! What the worker finds in a file of the reader's own.

use serde::{Deserialize, Serialize};

use crate::engine::data::table::Kind;

/// News of a file that [`ToWorker::Table`](super::ToWorker::Table) brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TableNews {
    /// It is being read; the share that is done, 0 to 1.
    Reading(f64),
    /// It was read.
    Found(Box<TableReport>),
    /// It cannot be used as it is.
    Refused {
        /// Checksum of the file; empty where that was not taken.
        checksum: String,
        /// Names of its columns; none where they were not found.
        names: Vec<String>,
        /// Link key of the control that is about it.
        field: String,
        /// What is wrong, with row and column where there is one.
        reason: String,
    },
}

/// A table, as the page shows it before it is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableReport {
    /// Checksum of the file.
    pub checksum: String,
    /// What separates cells.
    pub delimiter: u8,
    /// What separates a number's fraction.
    pub decimal: u8,
    /// Whether the first row holds names.
    pub header: bool,
    /// Whether it was read as Windows-1252, since it was no UTF-8.
    pub western: bool,
    /// Rows without the header.
    pub rows: u32,
    /// Columns in the order of the file.
    pub columns: Vec<ColumnReport>,
    /// The first rows as text.
    pub preview: Vec<Vec<String>>,
    /// Column that is predicted, counted from 0.
    pub target: u32,
    /// Whether it holds classes, or numbers.
    pub classes: bool,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnReport {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// What it seems to hold.
    pub guessed: Kind,
    /// Rows in which nothing stands.
    pub missing: u32,
    /// Different values, as far as they were counted.
    pub distinct: u32,
}
