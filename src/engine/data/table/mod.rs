//! Tables of the reader's own: a CSV file becomes columns (`reader.rs`), and columns become a data set (`build.rs`).
//!
//! What a file does not say is guessed: delimiter, decimal sign, header, what each column holds, which column is predicted. Every guess depends on the
//! file's bytes alone, and all of them can be corrected by an [`Options`], so that file and options together always give the same data.

mod build;
mod checksum;
mod columns;
mod dialect;
mod distinct;
mod features;
mod params;
mod profile;
mod reader;
mod scan;
#[cfg(test)]
mod tests;
mod value;

pub use checksum::checksum;
pub use columns::{Kind, check_columns, kinds_of, write_columns};
pub(in crate::engine) use features::stand_in;
pub use params::{COLUMNS, INFO, KEY, PREDICT, READING, words};
pub use reader::{Reader, read};

use super::source::TableSource;
use crate::engine::{error::SpecError, params::Values};

/// Largest file, bytes.
pub const MAX_BYTES: usize = 50 << 20;
/// Most columns.
pub const MAX_COLUMNS: usize = 1000;
/// Most cells: what they hold takes some 20 bytes each while a file is read.
pub const MAX_CELLS: usize = 5_000_000;
/// Most different values of a column of categories.
pub const MAX_CATEGORIES: usize = 1000;
/// Most classes to predict.
pub const MAX_CLASSES: usize = 100;
/// Most inputs that the columns become.
pub const MAX_INPUTS: usize = 4096;
/// Rows that a preview shows.
pub const PREVIEW: usize = 8;

/// What is wrong with a table, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Link key of the control at which it is shown.
    pub field: &'static str,
    /// Row, counted from 1 as a spreadsheet does: a header is row 1.
    pub row: Option<usize>,
    /// Name of the column.
    pub column: Option<String>,
    /// Why, and what would do.
    pub reason: String,
}

impl Fault {
    fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self { field, row: None, column: None, reason: reason.into() }
    }

    fn in_row(mut self, row: usize) -> Self {
        self.row = Some(row);
        self
    }

    fn in_column(mut self, name: &str) -> Self {
        self.column = Some(name.into());
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.row, &self.column) {
            (Some(row), Some(column)) => write!(f, "row {row}, column {column}: {}", self.reason),
            (Some(row), None) => write!(f, "row {row}: {}", self.reason),
            (None, Some(column)) => write!(f, "column {column}: {}", self.reason),
            (None, None) => f.write_str(&self.reason),
        }
    }
}

impl From<Fault> for SpecError {
    fn from(fault: Fault) -> Self {
        Self::Incompatible { field: fault.field.into(), reason: fault.to_string() }
    }
}

/// Corrections of what is guessed; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What separates cells: `,`, `;`, a tab or `|`.
    pub delimiter: Option<u8>,
    /// What separates a number's fraction: `.` or `,`.
    pub decimal: Option<u8>,
    /// Whether the first row holds names.
    pub header: Option<bool>,
    /// Column that is predicted, counted from 0.
    pub target: Option<usize>,
    /// Whether it holds classes, or numbers.
    pub classes: Option<bool>,
    /// What single columns hold, counted from 0.
    pub kinds: Vec<(usize, Kind)>,
}

impl Options {
    /// As the settings of the catalogue entry ([`INFO`]) and the text of [`write_columns`] say. Errors: settings out of their range, text that is no list of columns.
    pub fn of(source: &TableSource) -> Result<Self, SpecError> {
        let values: Values = source.pick.values(INFO.params)?;
        let word = |spec| values.usize(spec);
        Ok(Self {
            delimiter: [None, Some(b','), Some(b';'), Some(b'\t'), Some(b'|')][word(&params::DELIMITER)],
            decimal: [None, Some(b'.'), Some(b',')][word(&params::DECIMAL)],
            header: [None, Some(true), Some(false)][word(&params::HEADER)],
            target: word(&PREDICT).checked_sub(1),
            classes: [None, Some(true), Some(false)][word(&params::TASK)],
            kinds: kinds_of(&source.columns)?,
        })
    }

    fn kind(&self, column: usize) -> Option<Kind> {
        self.kinds.iter().rev().find(|(at, _)| *at == column).map(|(_, kind)| *kind)
    }
}

/// A table that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// See [`checksum()`].
    pub checksum: String,
    /// What separates cells.
    pub delimiter: u8,
    /// What separates a number's fraction.
    pub decimal: u8,
    /// Whether the first row holds names.
    pub header: bool,
    /// Whether the text was no UTF-8, and was read as Windows-1252.
    pub western: bool,
    /// Rows without the header.
    pub rows: usize,
    /// Columns in the order of the file.
    pub columns: Vec<Column>,
    /// The first rows as text.
    pub preview: Vec<Vec<String>>,
    /// Column that is predicted, counted from 0.
    pub target: usize,
    /// Whether it holds classes, or numbers.
    pub classes: bool,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name; "column 3" where it has none.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// What it seems to hold.
    pub guessed: Kind,
    /// Rows in which nothing stands.
    pub missing: usize,
    /// Different values; one more than [`MAX_CATEGORIES`] where they are more.
    pub distinct: usize,
    /// Numbers, NaN where nothing stands; empty for a column of categories, or one that is left out.
    pub numbers: Vec<f64>,
    /// Category of each row, `u32::MAX` where nothing stands; empty otherwise.
    pub codes: Vec<u32>,
    /// Names of the categories, in order.
    pub categories: Vec<String>,
}

/// Code of a cell in which nothing stands.
pub(super) const NOTHING: u32 = u32::MAX;
