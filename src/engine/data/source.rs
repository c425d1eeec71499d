//! Where an experiment's data comes from: a file, or a generator with its settings.

use super::{
    Dataset, FILES, LISTING, TABLES, generators, painted, table,
    text::{self, TextSource},
};
use crate::engine::{catalog::Pick, error::SpecError};

/// Data as an experiment asks for it; equal sources give equal data.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A bundled file, by key.
    File(String),
    /// Generated points.
    Generated {
        /// Generator and settings.
        pick: Pick,
        /// Share of points kept for testing.
        test_share: f64,
        /// Seed.
        seed: u64,
    },
    /// Points that somebody painted.
    Painted {
        /// All of them, as [`painted::read`] reads them.
        points: String,
        /// Share of points kept for testing.
        test_share: f64,
        /// Seed.
        seed: u64,
    },
    /// A table of the reader's own, or a bundled one with words and gaps.
    Table(TableSource),
    /// A bundled text.
    Text(TextSource),
}

/// A table, as an experiment asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSource {
    /// How it is read, and what becomes of its columns.
    pub pick: Pick,
    /// Checksum and name of the file, `3f2a9c4e5b6d7e8f:penguins.csv`.
    pub file: String,
    /// Corrections of what columns hold ([`table::write_columns`]).
    pub columns: String,
    /// Share of rows kept for testing.
    pub test_share: f64,
    /// Seed.
    pub seed: u64,
    /// How many rows are for training, where those are the first ones: of a bundled table. Nothing is drawn then.
    pub first: Option<usize>,
    /// Whether missing numbers stay NaN, for a step to fill, rather than being filled as the settings say.
    pub gaps: bool,
}

impl TableSource {
    /// Checksum of the file; empty where none is named.
    #[must_use]
    pub fn checksum(&self) -> &str {
        self.file.split_once(':').map_or(&self.file, |(checksum, _)| checksum)
    }

    /// Name of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        self.file.split_once(':').map_or("", |(_, name)| name)
    }
}

/// The source that `pick` names; that of a table still needs its file, and that of painted points these. Errors: a name that is neither a file nor a generator; a setting that is unknown or out of range.
pub fn source(pick: &Pick, test_share: f64, seed: u64) -> Result<Source, SpecError> {
    pick.values(LISTING.find(&pick.key)?.params)?;
    if let Some(bundled) = TABLES.iter().find(|t| t.key == pick.key) {
        // What is predicted stands in the first column.
        let pick = pick.clone().with(table::PREDICT.key, 1.0);
        let (file, columns) = (bundled.file.into(), String::new());
        return Ok(Source::Table(TableSource { pick, file, columns, test_share: 0.0, seed: 0, first: Some(bundled.train), gaps: false }));
    }
    if text::is_text(&pick.key) {
        return TextSource::of(pick).map(Source::Text);
    }
    Ok(match FILES.iter().find(|f| f.key == pick.key) {
        Some(_) => Source::File(pick.key.clone()),
        None if pick.key == table::KEY => Source::Table(TableSource {
            pick: pick.clone(),
            file: String::new(),
            columns: String::new(),
            test_share,
            seed,
            first: None,
            gaps: false,
        }),
        None if pick.key == painted::KEY => Source::Painted { points: String::new(), test_share, seed },
        None => Source::Generated { pick: pick.clone(), test_share, seed },
    })
}

impl Source {
    /// Points that are made up or painted; `None` for a file, which has to be fetched. Errors: settings out of their range, text that holds no points.
    pub fn generate(&self) -> Result<Option<Dataset>, SpecError> {
        match self {
            Self::File(_) | Self::Table(_) | Self::Text(_) => Ok(None),
            Self::Painted { points, test_share, seed } => painted::dataset(points, *test_share, *seed).map(Some),
            Self::Generated { pick, test_share, seed } => generators::dataset(pick, *test_share, *seed).map(Some),
        }
    }
}
