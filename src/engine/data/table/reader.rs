//! A CSV file becomes a [`Table`], piece by piece: checksum and encoding, dialect, cells, then what each column holds.

use std::sync::Arc;

use super::{
    Column, Fault, Kind, MAX_BYTES, MAX_CLASSES, Options, PREVIEW, Table,
    checksum::Sha256,
    dialect::{self, Dialect},
    distinct::Distinct,
    profile::Profile,
    scan::{Grid, Scanner},
    value::{day, is_missing, number},
};
use crate::engine::error::grouped;

/// Bytes that are summed or scanned in one piece.
const PIECE: usize = 256 << 10;
/// Cells of a column that are looked at in one piece.
const CELLS: usize = 16_384;
/// Records among which a column that holds something is looked for.
const FIRST: usize = 1000;
/// Names of columns that are predicted, the surest first: `y` may be a place as well.
const TARGETS: [&str; 8] = ["target", "label", "class", "outcome", "species", "diagnosis", "survived", "y"];

/// Reads a whole file at once. Errors: as [`Reader::work`].
pub fn read(bytes: &Arc<Vec<u8>>, options: Options) -> Result<Table, Fault> {
    let mut reader = Reader::new(bytes, options);
    loop {
        if let Some(done) = reader.work() {
            return done;
        }
    }
}

/// A file on its way to a table.
pub struct Reader {
    bytes: Arc<Vec<u8>>,
    /// The same as UTF-8, where it was not.
    text: Arc<Vec<u8>>,
    options: Options,
    western: bool,
    hash: Sha256,
    checksum: String,
    dialect: Dialect,
    stage: Stage,
    names: Vec<String>,
    columns: Vec<Column>,
    target: usize,
    classes: bool,
}

enum Stage {
    /// Bytes are summed up to here, and up to there (a letter before it at most) they are UTF-8.
    Bytes(usize, usize),
    Scan(Scanner),
    Profile(Grid, Profile),
    Over,
}

impl Reader {
    /// Nothing is done yet.
    #[must_use]
    pub fn new(bytes: &Arc<Vec<u8>>, options: Options) -> Self {
        Self {
            bytes: bytes.clone(),
            text: bytes.clone(),
            options,
            western: false,
            hash: Sha256::default(),
            checksum: String::new(),
            dialect: Dialect { delimiter: b',', decimal: b'.', header: false },
            stage: Stage::Bytes(0, 0),
            names: Vec::new(),
            columns: Vec::new(),
            target: 0,
            classes: false,
        }
    }

    /// How much is done, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        let of = |done: usize, all: usize| done as f64 / all.max(1) as f64;
        match &self.stage {
            Stage::Bytes(at, _) => 0.1 * of(*at, self.bytes.len()),
            Stage::Scan(scanner) => 0.1 + 0.2 * of(scanner.at, self.text.len()),
            Stage::Profile(grid, profile) => 0.3 + 0.7 * of(profile.column * grid.len() + profile.seen, grid.width * grid.len()),
            Stage::Over => 1.0,
        }
    }

    /// See [`checksum`](super::checksum()); empty until it is known.
    #[must_use]
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// Names of the columns; none until they are known.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Does a piece of the work; `None`: more is to be done. Errors: a file that is too large, empty or no text; rows of different lengths; cells that are not what their
    /// column is said to hold; nothing to predict. They name row and column where there is one.
    pub fn work(&mut self) -> Option<Result<Table, Fault>> {
        let done = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Bytes(at, fine) => self.sum(at, fine),
            Stage::Scan(scanner) => self.scan(scanner),
            Stage::Profile(grid, profile) => self.profile(grid, profile),
            Stage::Over => Err(Fault::new("file", "it was read already")),
        };
        done.transpose()
    }

    fn sum(&mut self, at: usize, mut fine: usize) -> Result<Option<Table>, Fault> {
        if self.bytes.len() > MAX_BYTES {
            let reason = format!("{} bytes, more than the {} MB allowed here", grouped(self.bytes.len() as u64), MAX_BYTES >> 20);
            return Err(Fault::new("file", reason));
        }
        if at == 0 && (self.bytes.starts_with(&[0xff, 0xfe]) || self.bytes.starts_with(&[0xfe, 0xff])) {
            return Err(Fault::new("file", "this is UTF-16: save it as UTF-8"));
        }
        let end = (at + PIECE).min(self.bytes.len());
        self.hash.update(&self.bytes[at..end]);
        if self.bytes[at..end].contains(&0) {
            return Err(Fault::new("file", "this is no text: a table is rows of cells with delimiters between them (CSV)"));
        }
        if !self.western {
            match core::str::from_utf8(&self.bytes[fine..end]) {
                Ok(_) => fine = end,
                // A letter that goes on in the next piece, if there is one.
                Err(error) if error.error_len().is_none() && end < self.bytes.len() => fine += error.valid_up_to(),
                Err(_) => self.western = true,
            }
        }
        if end < self.bytes.len() {
            self.stage = Stage::Bytes(end, fine);
            return Ok(None);
        }
        self.checksum = std::mem::take(&mut self.hash).checksum();
        let text = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes);
        if self.western {
            self.text = Arc::new(western(text));
        } else if text.len() < self.bytes.len() {
            self.text = Arc::new(text.to_vec());
        }
        self.dialect = dialect::guess(&self.text, &self.options);
        self.stage = Stage::Scan(Scanner::new(self.dialect.delimiter));
        Ok(None)
    }

    fn scan(&mut self, mut scanner: Scanner) -> Result<Option<Table>, Fault> {
        let until = scanner.at + PIECE;
        if !scanner.run(&self.text, until)? {
            self.stage = Stage::Scan(scanner);
            return Ok(None);
        }
        let grid = scanner.grid;
        if grid.len() < usize::from(self.dialect.header) + 3 {
            return Err(Fault::new("file", "fewer than three rows of data are too few to learn from"));
        }
        if grid.width < 2 {
            let reason = "one column alone, so there is nothing to predict it from; is the delimiter another one?";
            return Err(Fault::new("data.delimiter", reason));
        }
        self.names = (0..grid.width).map(|at| self.name(&grid, at)).collect();
        self.target = self.find_target(&grid)?;
        if let Some((column, _)) = self.options.kinds.iter().find(|(column, _)| *column >= grid.width) {
            return Err(Fault::new("columns", format!("there is no column {}; the last is {}", column + 1, grid.width)));
        }
        self.stage = Stage::Profile(grid, Profile::new(0));
        Ok(None)
    }

    /// The column that is asked for, or has a name that says so, or the last that can be predicted.
    fn find_target(&self, grid: &Grid) -> Result<usize, Fault> {
        match self.options.target {
            Some(target) if target < grid.width => return Ok(target),
            Some(target) => {
                let reason = format!("there is no column {}; the last is {}", target + 1, grid.width);
                return Err(Fault::new("data.predict", reason));
            }
            None => {}
        }
        let suits = |at: &usize| self.can_be_target(grid, *at);
        if self.dialect.header {
            let names: Vec<String> = self.names.iter().map(|name| name.to_lowercase()).collect();
            let named = |name: &&str| (0..grid.width).find(|at| names[*at] == **name && suits(at));
            if let Some(at) = TARGETS.iter().find_map(named) {
                return Ok(at);
            }
        }
        Ok((0..grid.width).rev().find(suits).unwrap_or(grid.width - 1))
    }

    /// Whether the first rows of a column hold numbers, or words that come again: names and free texts cannot be predicted.
    fn can_be_target(&self, grid: &Grid, column: usize) -> bool {
        let mut known = 0;
        let mut words = Distinct::new();
        for record in usize::from(self.dialect.header)..grid.len().min(FIRST) {
            let cell = grid.cell(&self.text, record, column);
            if is_missing(&cell) {
                continue;
            }
            known += 1;
            if number(&cell, self.dialect.decimal).is_none() && day(&cell).is_none() {
                words.add(&cell);
            }
        }
        known > 0 && words.count() <= MAX_CLASSES && (words.count() == 0 || 2 * words.count() <= known.max(4))
    }

    fn profile(&mut self, grid: Grid, mut profile: Profile) -> Result<Option<Table>, Fault> {
        let first = usize::from(self.dialect.header);
        let from = first + profile.seen;
        profile.look(&self.text, &grid, (from, (from + CELLS).min(grid.len())), self.dialect.decimal);
        if first + profile.seen < grid.len() {
            self.stage = Stage::Profile(grid, profile);
            return Ok(None);
        }
        let at = profile.column;
        let name = self.names[at].clone();
        let wanted = self.options.kind(at);
        let place = |record| (grid.row(record), grid.cell(&self.text, record, at).into_owned());
        let column = if at == self.target {
            let (column, classes) = profile.target(name, (wanted, self.options.classes), &place)?;
            self.classes = classes;
            column
        } else {
            profile.finish(name, wanted, &place)?
        };
        self.columns.push(column);
        if at + 1 < grid.width {
            self.stage = Stage::Profile(grid, Profile::new(at + 1));
            return Ok(None);
        }
        if self.columns.iter().enumerate().all(|(i, c)| i == self.target || c.kind == Kind::Ignored) {
            let reason = "no column is left to predict from: say what one of them holds";
            return Err(Fault::new("columns", reason));
        }
        let row = |record| (0..grid.width).map(|column| grid.cell(&self.text, record, column).into_owned()).collect();
        Ok(Some(Table {
            checksum: self.checksum.clone(),
            delimiter: self.dialect.delimiter,
            decimal: self.dialect.decimal,
            header: self.dialect.header,
            western: self.western,
            rows: grid.len() - first,
            columns: std::mem::take(&mut self.columns),
            preview: (first..grid.len().min(first + PREVIEW)).map(row).collect(),
            target: self.target,
            classes: self.classes,
        }))
    }

    fn name(&self, grid: &Grid, column: usize) -> String {
        let name = if self.dialect.header { grid.cell(&self.text, 0, column) } else { "".into() };
        if name.is_empty() { format!("column {}", column + 1) } else { name.into_owned() }
    }
}

/// Windows-1252 as UTF-8: what office programs write where they do not write UTF-8.
fn western(bytes: &[u8]) -> Vec<u8> {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•',
        '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let letter = |b: &u8| if (0x80..0xa0).contains(b) { HIGH[usize::from(b - 0x80)] } else { char::from(*b) };
    bytes.iter().map(letter).collect::<String>().into_bytes()
}
