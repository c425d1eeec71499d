//! What a column holds: found out over its rows in pieces.

use super::{
    Column, Fault, Kind, MAX_CATEGORIES, MAX_CLASSES, NOTHING,
    distinct::Distinct,
    scan::Grid,
    value::{day, is_missing, number},
};
use crate::{engine::error::grouped, order};

/// Most whole numbers that are still taken for classes.
const FEW: usize = 10;
/// Columns of so few different words are taken for categories whatever the number of rows.
const WORDS: usize = 20;

/// A column under way.
pub(super) struct Profile {
    /// Which.
    pub column: usize,
    /// Records seen.
    pub seen: usize,
    missing: usize,
    /// Empty once a cell was no number, and none any more.
    numbers: Option<Vec<f64>>,
    days: Option<Vec<f64>>,
    codes: Vec<u32>,
    distinct: Distinct,
    /// First record whose cell is no number, no day.
    odd: [Option<usize>; 2],
}

impl Profile {
    pub fn new(column: usize) -> Self {
        Self {
            column,
            seen: 0,
            missing: 0,
            numbers: Some(Vec::new()),
            days: Some(Vec::new()),
            codes: Vec::new(),
            distinct: Distinct::new(),
            odd: [None; 2],
        }
    }

    /// Looks at records `from` to `to`.
    pub fn look(&mut self, text: &[u8], grid: &Grid, (from, to): (usize, usize), decimal: u8) {
        for record in from..to {
            self.seen += 1;
            let cell = grid.cell(text, record, self.column);
            let (mut code, mut as_number, mut as_day) = (NOTHING, Some(f64::NAN), Some(f64::NAN));
            if is_missing(&cell) {
                self.missing += 1;
            } else {
                code = self.distinct.add(&cell).unwrap_or(NOTHING);
                as_number = self.numbers.as_ref().and_then(|_| number(&cell, decimal));
                as_day = self.days.as_ref().and_then(|_| day(&cell));
                // A number too large to be one is missing.
                self.missing += usize::from(as_number.is_some_and(f64::is_nan));
            }
            self.codes.push(code);
            for (list, value, odd) in [(&mut self.numbers, as_number, 0), (&mut self.days, as_day, 1)] {
                match (list.as_mut(), value) {
                    (Some(list), Some(value)) => list.push(value),
                    (Some(_), None) => (*list, self.odd[odd]) = (None, Some(record)),
                    (None, _) => {}
                }
            }
        }
    }

    /// What it seems to hold.
    fn guess(&self, name: &str) -> Kind {
        let known = self.seen - self.missing;
        if known == 0 {
            return Kind::Ignored;
        }
        if let Some(numbers) = &self.numbers {
            let counts =
                is_row_name(name) && self.distinct.count() >= known.min(MAX_CATEGORIES) && numbers.iter().all(|v| v.fract() == 0.0);
            return if counts { Kind::Ignored } else { Kind::Number };
        }
        if self.days.is_some() {
            return Kind::Date;
        }
        let few = !self.distinct.over && self.distinct.count() <= (known / 2).max(WORDS);
        if few { Kind::Category } else { Kind::Ignored }
    }

    /// The column, which holds what `wanted` says. Errors: a cell that is none of it, too many categories.
    pub fn finish(self, name: String, wanted: Option<Kind>, place: &dyn Fn(usize) -> (usize, String)) -> Result<Column, Fault> {
        let guessed = self.guess(&name);
        let kind = wanted.unwrap_or(guessed);
        let refuse = |odd: Option<usize>, what: &str| {
            let (row, cell) = place(odd.unwrap_or(0));
            let reason = format!("{:?} is no {what}: correct the file, or take the column for categories or leave it out", clip(&cell));
            Err(Fault::new("columns", reason).in_row(row).in_column(&name))
        };
        let distinct = self.distinct.count();
        let mut column = Column {
            kind,
            guessed,
            missing: self.missing,
            distinct,
            numbers: Vec::new(),
            codes: Vec::new(),
            categories: Vec::new(),
            name: name.clone(),
        };
        match kind {
            Kind::Ignored => {}
            Kind::Number => match self.numbers {
                Some(numbers) => column.numbers = numbers,
                None => return refuse(self.odd[0], "number"),
            },
            Kind::Date => match self.days {
                Some(days) => column.numbers = days,
                None => return refuse(self.odd[1], "date (2024-03-01, 2024/03/01 or 01.03.2024)"),
            },
            Kind::Category if self.distinct.over => {
                let reason =
                    format!("more than {} different values are too many for categories: leave it out", grouped(MAX_CATEGORIES as u64));
                return Err(Fault::new("columns", reason).in_column(&name));
            }
            Kind::Category => (column.categories, column.codes) = sorted(self.distinct.names, self.codes),
        }
        Ok(column)
    }

    /// The column that is predicted, and whether it holds classes: as `classes` says, else words, or whole numbers of few kinds. Errors: what cannot be told apart or
    /// approached.
    pub fn target(
        self,
        name: String,
        (wanted, classes): (Option<Kind>, Option<bool>),
        place: &dyn Fn(usize) -> (usize, String),
    ) -> Result<(Column, bool), Fault> {
        let odd = self.odd[0];
        let few = self.numbers.as_ref().is_some_and(|numbers| few_kinds(numbers, self.seen - self.missing));
        let kind = match wanted.filter(|kind| *kind != Kind::Ignored) {
            Some(kind) => kind,
            None if self.numbers.is_some() => Kind::Number,
            None if self.days.is_some() => Kind::Date,
            None => Kind::Category,
        };
        let classes = classes.unwrap_or(kind == Kind::Category || kind == Kind::Number && few);
        let at = |reason: String| Err(Fault::new("data.predict", reason).in_column(&name));
        if self.seen == self.missing {
            return at("nothing stands in it, so there is nothing to predict".into());
        }
        if !classes && kind == Kind::Category {
            let (row, cell) = place(odd.unwrap_or(0));
            let reason = format!("{:?} is no number, so the column can only be told apart as classes", clip(&cell));
            return Err(Fault::new("data.task", reason).in_row(row).in_column(&name));
        }
        let too_many = format!("more than {MAX_CLASSES} classes; a column of numbers can be approached as a number (task)");
        if classes && kind == Kind::Category && self.distinct.count() > MAX_CLASSES {
            return at(too_many);
        }
        let mut column = self.finish(name.clone(), Some(kind), place)?;
        if classes && kind != Kind::Category {
            let mut values: Vec<f64> = order::ascending(&column.numbers);
            values.retain(|v| !v.is_nan());
            values.dedup();
            if values.len() > MAX_CLASSES {
                return Err(Fault::new("data.predict", too_many).in_column(&name));
            }
            let code = |v: &f64| values.iter().position(|w| w == v).map_or(NOTHING, |at| at as u32);
            column.codes = column.numbers.iter().map(code).collect();
            column.categories = values.iter().map(ToString::to_string).collect();
            column.numbers = Vec::new();
        }
        Ok((column, classes))
    }
}

/// Whether numbers are whole and of few kinds, each of which comes twice on average at least.
fn few_kinds(numbers: &[f64], known: usize) -> bool {
    let mut kinds: Vec<f64> = Vec::new();
    for value in numbers.iter().filter(|v| !v.is_nan()) {
        if value.fract() != 0.0 || kinds.len() > FEW {
            return false;
        }
        if !kinds.contains(value) {
            kinds.push(*value);
        }
    }
    kinds.len() <= FEW && 2 * kinds.len() <= known
}

/// Whether a column of that name numbers the rows.
fn is_row_name(name: &str) -> bool {
    let name = name.to_lowercase();
    name.starts_with("unnamed")
        || name.ends_with("_id")
        || ["column 1", "id", "index", "rownames", "no", "nr", "#", "row"].contains(&name.as_str())
}

/// Names in order (numbers by their value), and codes that follow.
fn sorted(names: Vec<String>, mut codes: Vec<u32>) -> (Vec<String>, Vec<u32>) {
    let values: Option<Vec<f64>> = names.iter().map(|name| number(name, b'.')).collect();
    let mut places: Vec<usize> = (0..names.len()).collect();
    order::sort(&mut places, &|a, b| match &values {
        Some(values) => values[a].total_cmp(&values[b]),
        None => names[a].cmp(&names[b]),
    });
    let mut new = vec![NOTHING; names.len()];
    places.iter().enumerate().for_each(|(at, old)| new[*old] = at as u32);
    codes.iter_mut().for_each(|code| *code = new.get(*code as usize).copied().unwrap_or(NOTHING));
    (places.iter().map(|at| names[*at].clone()).collect(), codes)
}

/// A cell short enough to be repeated in an error.
fn clip(cell: &str) -> String {
    if cell.chars().count() > 40 { cell.chars().take(40).chain(['…']).collect() } else { cell.into() }
}
