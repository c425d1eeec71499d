//! What single columns hold, as links write it: `1:none,3-7:category`. Columns count from 1 there.

use std::fmt::Write as _;

use super::MAX_COLUMNS;
use crate::engine::error::SpecError;

/// Link key.
const FIELD: &str = "columns";
/// Most characters of the list, so that any experiment fits into a link.
const MAX_TEXT: usize = 240;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Kind {
    /// Numbers.
    Number,
    /// One of a few words.
    Category,
    /// Days, which become numbers.
    Date,
    /// Names, numbers of rows, free text: nothing to learn from.
    Ignored,
}

/// Every kind with its word.
pub(super) const KINDS: [(Kind, &str); 4] =
    [(Kind::Number, "number"), (Kind::Category, "category"), (Kind::Date, "date"), (Kind::Ignored, "none")];

/// Whether a text is a list of columns. Errors: it is not, at `columns`.
pub fn check_columns(text: &str) -> Result<(), SpecError> {
    parse(text, &mut |_, _, _| {})
}

/// The columns of a list, counted from 0, with what they hold. Errors: as [`check_columns`].
pub fn kinds_of(text: &str) -> Result<Vec<(usize, Kind)>, SpecError> {
    let mut kinds = Vec::new();
    parse(text, &mut |first, last, kind| kinds.extend((first..=last).map(|at| (at, kind))))?;
    Ok(kinds)
}

/// The list as text, neighbours as ranges; [`kinds_of`] reads it back. `kinds` come in the order of the columns.
#[must_use]
pub fn write_columns(kinds: &[(usize, Kind)]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while let Some((first, kind)) = kinds.get(at).copied() {
        let run = kinds[at..].iter().enumerate().take_while(|(i, (column, k))| *column == first + i && *k == kind).count();
        let comma = if at > 0 { "," } else { "" };
        let last = if run > 1 { format!("-{}", first + run) } else { String::new() };
        let word = KINDS.iter().find(|(k, _)| *k == kind).map_or("", |(_, word)| word);
        // Writing to a string does not fail.
        let _ = write!(text, "{comma}{}{last}:{word}", first + 1);
        at += run;
    }
    text
}

fn parse(text: &str, each: &mut dyn FnMut(usize, usize, Kind)) -> Result<(), SpecError> {
    let number = |word: &str| word.parse().ok().filter(|n| (1..=MAX_COLUMNS).contains(n));
    let entry = |part: &str| {
        let (columns, word) = part.split_once(':')?;
        let (first, last) = columns.split_once('-').unwrap_or((columns, columns));
        let (first, last): (usize, usize) = (number(first)?, number(last)?);
        let kind = KINDS.iter().find(|(_, w)| *w == word)?.0;
        (first <= last).then_some((first - 1, last - 1, kind))
    };
    let unreadable = |value: &str, expected: &str| {
        Err(SpecError::Unreadable {
            field: FIELD.into(),
            value: value.chars().take(60).collect::<String>().into(),
            expected: expected.into(),
        })
    };
    if text.len() > MAX_TEXT {
        return unreadable(text, "a list of at most 240 characters");
    }
    for part in text.split(',').filter(|part| !part.is_empty()) {
        match entry(part) {
            Some((first, last, kind)) => each(first, last, kind),
            None => return unreadable(part, "what columns hold, as 3:category or 4-7:none (also number, date)"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_back() {
        let kinds = vec![(0, Kind::Ignored), (2, Kind::Category), (3, Kind::Category), (4, Kind::Date), (6, Kind::Number)];
        let text = write_columns(&kinds);
        assert_eq!(text, "1:none,3-4:category,5:date,7:number");
        assert_eq!(kinds_of(&text), Ok(kinds));
        assert_eq!(kinds_of(""), Ok(vec![]));
    }

    #[test]
    fn what_is_no_list_is_refused_at_its_key() {
        let long = "1:none,".repeat(40);
        for text in ["1", "0:none", "1:nothing", "5-3:date", "1001:none", "a:none", "1:none,2", "-1:none", "1-2-3:none", &long] {
            assert_eq!(check_columns(text).unwrap_err().field(), FIELD, "{text}");
        }
    }
}
