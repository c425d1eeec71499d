//! Text into cells (RFC 4180): a cell may stand in quotes, within which delimiters and line breaks are text and two quotes are one.

use std::borrow::Cow;

use super::{Fault, MAX_CELLS, MAX_COLUMNS};
use crate::engine::error::grouped;

/// Bit of a length that says that the cell holds doubled quotes.
const DOUBLED: u32 = 1 << 31;

/// Cells of a text, row by row.
#[derive(Default)]
pub(super) struct Grid {
    /// Where each begins, and how long it is (see [`DOUBLED`]).
    cells: Vec<(u32, u32)>,
    /// Cells of a row.
    pub width: usize,
    /// Rows of the file in which records begin, counted from 1; blank ones hold none.
    rows: Vec<u32>,
}

impl Grid {
    /// How many records.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Row of the file, counted from 1, of a record.
    pub fn row(&self, record: usize) -> usize {
        self.rows.get(record).map_or(0, |row| *row as usize)
    }

    /// What stands in a cell, without spaces around it. `text` is UTF-8.
    pub fn cell<'t>(&self, text: &'t [u8], record: usize, column: usize) -> Cow<'t, str> {
        self.cells.get(record * self.width + column).map_or(Cow::Borrowed(""), |cell| read(text, *cell))
    }
}

/// Text of a cell.
pub(super) fn read(text: &[u8], (start, length): (u32, u32)) -> Cow<'_, str> {
    let end = start as usize + (length & !DOUBLED) as usize;
    let cell = text.get(start as usize..end).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default().trim();
    if length & DOUBLED == 0 { Cow::Borrowed(cell) } else { Cow::Owned(cell.replace("\"\"", "\"")) }
}

/// Finds cells.
pub(super) struct Scanner {
    delimiter: u8,
    /// How far it is.
    pub at: usize,
    row: u32,
    /// What it found.
    pub grid: Grid,
}

impl Scanner {
    pub fn new(delimiter: u8) -> Self {
        Self { delimiter, at: 0, row: 0, grid: Grid::default() }
    }

    /// Goes on until at least `until` or the end of `text`; whether that was reached. Errors: a row with more or fewer cells than the first, a quote that is not closed
    /// or followed by text, too many columns or cells.
    pub fn run(&mut self, text: &[u8], until: usize) -> Result<bool, Fault> {
        while self.at < text.len() {
            if self.at >= until {
                return Ok(false);
            }
            let found = self.record(text)?;
            let row = self.row as usize;
            if found == 0 {
                continue;
            }
            let grid = &mut self.grid;
            if grid.rows.is_empty() {
                grid.width = found;
            }
            grid.rows.push(self.row);
            if found > MAX_COLUMNS {
                let reason = format!("{} cells, more than the {} columns allowed here", grouped(found as u64), grouped(MAX_COLUMNS as u64));
                return Err(Fault::new("file", reason).in_row(row));
            }
            if found != grid.width {
                let cells = if found == 1 { "cell" } else { "cells" };
                let reason = format!("{found} {cells}, where the first row has {}; is the delimiter another one?", grid.width);
                return Err(Fault::new("data.delimiter", reason).in_row(row));
            }
            if grid.cells.len() > MAX_CELLS {
                return Err(Fault::new("file", format!("more than the {} cells allowed here", grouped(MAX_CELLS as u64))).in_row(row));
            }
        }
        Ok(true)
    }

    /// The next row; how many cells it has, none for a blank one.
    pub fn record(&mut self, text: &[u8]) -> Result<usize, Fault> {
        self.row += 1;
        if self.line_break(text) {
            return Ok(0);
        }
        let mut found = 0;
        loop {
            let cell = if text.get(self.at) == Some(&b'"') { self.quoted(text)? } else { self.plain(text) };
            self.grid.cells.push(cell);
            found += 1;
            if text.get(self.at) != Some(&self.delimiter) {
                break;
            }
            self.at += 1;
        }
        self.line_break(text);
        Ok(found)
    }

    /// Steps over the end of a line.
    fn line_break(&mut self, text: &[u8]) -> bool {
        let length = match text.get(self.at..).unwrap_or_default() {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        self.at += length;
        length > 0
    }

    fn plain(&mut self, text: &[u8]) -> (u32, u32) {
        let start = self.at;
        let rest = text.get(start..).unwrap_or_default();
        let length = rest.iter().position(|b| *b == self.delimiter || *b == b'\n' || *b == b'\r').unwrap_or(rest.len());
        self.at += length;
        (start as u32, length as u32)
    }

    fn quoted(&mut self, text: &[u8]) -> Result<(u32, u32), Fault> {
        let start = self.at + 1;
        let (mut at, mut doubled) = (start, 0);
        loop {
            match text.get(at..).unwrap_or_default() {
                [b'"', b'"', ..] => (at, doubled) = (at + 2, DOUBLED),
                [b'"', ..] => break,
                [_, ..] => at += 1,
                [] => return Err(Fault::new("file", "a quote is opened and never closed").in_row(self.row as usize)),
            }
        }
        self.at = at + 1;
        match text.get(self.at) {
            None | Some(b'\r' | b'\n') => {}
            Some(b) if *b == self.delimiter => {}
            _ => {
                let reason = "text behind a closing quote: a quote within a cell is written twice, or the delimiter is another one";
                return Err(Fault::new("data.delimiter", reason).in_row(self.row as usize));
            }
        }
        Ok((start as u32, (at - start) as u32 | doubled))
    }
}
