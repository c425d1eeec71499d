//! Where an experiment's data comes from: a file, or a generator with its settings.

use super::{Dataset, FILES, LISTING, generators};
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
}

/// The source that `pick` names. Errors: a name that is neither a file nor a generator; a setting that is unknown or out of range.
pub fn source(pick: &Pick, test_share: f64, seed: u64) -> Result<Source, SpecError> {
    pick.values(LISTING.find(&pick.key)?.params)?;
    Ok(match FILES.iter().find(|f| f.key == pick.key) {
        Some(_) => Source::File(pick.key.clone()),
        None => Source::Generated { pick: pick.clone(), test_share, seed },
    })
}

impl Source {
    /// The points of a generator; `None` for a file, which has to be fetched. Errors: settings out of their range.
    pub fn generate(&self) -> Result<Option<Dataset>, SpecError> {
        match self {
            Self::File(_) => Ok(None),
            Self::Generated { pick, test_share, seed } => generators::dataset(pick, *test_share, *seed).map(Some),
        }
    }
}
