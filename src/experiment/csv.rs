//! Which file of the reader's own an experiment is about, and what its columns hold. The file itself is in no link: it is known again by its checksum.

use serde::{Deserialize, Serialize};

use super::Experiment;
use crate::engine::{
    data::{self, Source, table},
    error::SpecError,
    features::IMPUTE,
};

/// Link key of the file.
pub(super) const FILE_KEY: &str = "file";
/// Link key of the columns.
pub(super) const COLUMNS_KEY: &str = "columns";
/// Digits of a checksum.
const DIGITS: usize = 16;
/// Most bytes of a file's name, so that any experiment fits into a link.
const MAX_NAME: usize = 48;

/// The table behind `data=csv`; nothing for other data. How it is read is said by the settings of that choice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Csv {
    /// Checksum of the file ([`table::checksum()`]) and its name: `3f2a9c4e5b6d7e8f:penguins.csv`.
    pub file: String,
    /// Corrections of what columns hold ([`table::write_columns`]).
    pub columns: String,
}

impl Csv {
    /// A file by its checksum and name; a long name is cut.
    #[must_use]
    pub fn of(checksum: &str, name: &str) -> Self {
        let mut clean: String = name.chars().filter(|c| !c.is_control()).collect();
        while clean.len() > MAX_NAME {
            clean.pop();
        }
        Self { file: format!("{checksum}:{clean}"), columns: String::new() }
    }

    /// Name of the file, empty where none is known.
    #[must_use]
    pub fn name(&self) -> &str {
        self.file.split_once(':').map_or("", |(_, name)| name)
    }

    /// Checksum of the file, empty where none is named.
    #[must_use]
    pub fn checksum(&self) -> &str {
        self.file.split_once(':').map_or(&self.file, |(checksum, _)| checksum)
    }

    /// Whether both texts can be used. Errors: one that cannot, at its key.
    pub(super) fn check(&self) -> Result<(), SpecError> {
        check_file(&self.file)?;
        table::check_columns(&self.columns)
    }
}

/// Whether a text names a file, or is empty. Error: it does not, at `file`.
pub(super) fn check_file(text: &str) -> Result<(), SpecError> {
    let (checksum, name) = text.split_once(':').unwrap_or((text, ""));
    let known = checksum.len() == DIGITS && checksum.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if text.is_empty() || known && name.len() <= MAX_NAME && !name.contains(char::is_control) {
        return Ok(());
    }
    let expected = "the first 16 digits of a SHA-256, and a name, as 3f2a9c4e5b6d7e8f:my.csv";
    Err(SpecError::Unreadable {
        field: FILE_KEY.into(),
        value: text.chars().take(60).collect::<String>().into(),
        expected: expected.into(),
    })
}

impl Experiment {
    /// Where its data comes from. Errors: as [`data::source`].
    pub fn source(&self) -> Result<Source, SpecError> {
        let mut source = data::source(&self.data, self.train.test_share, self.seed)?;
        match &mut source {
            Source::Table(table) => {
                table.gaps = self.imputes();
                // A bundled table names its own file.
                if table.first.is_none() {
                    (table.file, table.columns) = (self.csv.file.clone(), self.csv.columns.clone());
                }
            }
            Source::Painted { points, .. } => points.clone_from(&self.points),
            _ => {}
        }
        Ok(source)
    }

    /// Whether a step fills what is missing, which then is left to it.
    #[must_use]
    pub fn imputes(&self) -> bool {
        self.features.iter().any(|pick| pick.key == IMPUTE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::catalog::Pick,
        experiment::{Effect, diff, json, link},
    };

    fn penguins() -> Experiment {
        let data = Pick::new("csv").with("predict", 1.0).with("impute", 1.0);
        let csv = Csv { columns: "2:category,4-6:none".into(), ..Csv::of("3f2a9c4e5b6d7e8f", "Pinguine & Köpfe.csv") };
        Experiment { data, csv, ..Experiment::default() }
    }

    #[test]
    fn a_file_goes_through_link_and_json() {
        let wanted = penguins();
        let text = link::encode(&wanted);
        assert_eq!(
            text,
            "data=csv&data.impute=median&data.predict=1&file=3f2a9c4e5b6d7e8f:Pinguine%20%26%20K%C3%B6pfe.csv&columns=2:category,4-6:none"
        );
        assert_eq!(link::decode(&text), (wanted.clone(), vec![], vec![]));
        assert_eq!(json::read(&json::write(&wanted)), (wanted.clone(), vec![], vec![]));
        let kept: Experiment = serde_json::from_str(&serde_json::to_string(&wanted).unwrap()).unwrap();
        assert_eq!(kept, wanted);
        assert_eq!((wanted.csv.checksum(), wanted.csv.name()), ("3f2a9c4e5b6d7e8f", "Pinguine & Köpfe.csv"));
        assert!(matches!(wanted.source(), Ok(Source::Table(t)) if t.name() == wanted.csv.name() && t.columns == wanted.csv.columns));
    }

    #[test]
    fn another_file_is_another_run() {
        let mut other = penguins();
        other.csv = Csv::of("0123456789abcdef", "other.csv");
        let changes = diff(&penguins(), &other);
        let told: Vec<_> = changes.iter().map(|c| (c.key.as_str(), c.from.as_str(), c.to.as_str(), c.effect)).collect();
        assert_eq!(
            told,
            [
                ("file", "Pinguine & Köpfe.csv", "other.csv", Effect::Restart),
                ("columns", "2:category,4-6:none", "as they seem", Effect::Restart)
            ]
        );
    }

    #[test]
    fn what_names_no_file_is_refused_at_its_key() {
        let long = format!("3f2a9c4e5b6d7e8f:{}", "x".repeat(MAX_NAME + 1));
        for text in ["my.csv", "3f2a", "3F2A9C4E5B6D7E8F", "3f2a9c4e5b6d7e8g:my.csv", "3f2a9c4e5b6d7e8f:a%0Ab", &long] {
            let (kept, _, errors) = link::decode(&format!("data=csv&file={text}"));
            assert_eq!((kept.csv, errors.len(), errors[0].field()), (Csv::default(), 1, "file"), "{text}");
        }
        let (kept, _, errors) = link::decode("data=csv&columns=2:colour");
        assert_eq!((kept.csv, errors[0].field()), (Csv::default(), "columns"));
        let mut wrong = penguins();
        wrong.csv.columns = "x".into();
        assert_eq!(wrong.validate().unwrap_err().field(), "columns");
        assert_eq!(Csv::of("3f2a9c4e5b6d7e8f", &"ä".repeat(40)).check(), Ok(()));
    }

    #[test]
    fn other_data_has_no_file() {
        let (read, notices, errors) = link::decode("data=iris&file=3f2a9c4e5b6d7e8f:my.csv");
        assert!(read.csv == Csv::default() && errors.is_empty() && notices[0].text.contains("file"), "{notices:?}");
        let mut left = penguins();
        left.data = Pick::new("iris");
        assert_eq!(link::encode(&left), "data=iris");
    }
}
