//! What a CSV file does not say: delimiter, decimal sign, whether there is a header. Guessed from its first lines.

use super::{
    Options,
    scan::{Grid, Scanner},
    value::{day, is_missing, number},
};

/// Bytes that are looked at.
const SAMPLE: usize = 64 << 10;
/// Rows that are looked at.
const ROWS: usize = 200;
/// What may stand between cells, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How a text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub delimiter: u8,
    pub decimal: u8,
    pub header: bool,
}

/// The dialect of `text`, as far as `options` leave it open.
pub(super) fn guess(text: &[u8], options: &Options) -> Dialect {
    let sample = Sample { text: text.get(..SAMPLE).unwrap_or(text), cut: text.len() > SAMPLE };
    let delimiter = options.delimiter.unwrap_or_else(|| {
        let scores = DELIMITERS.map(|delimiter| sample.score(delimiter));
        let best = (0..DELIMITERS.len()).fold(0, |best, i| if scores[i] > scores[best] { i } else { best });
        DELIMITERS[best]
    });
    let rows = sample.rows(delimiter);
    let decimal = options.decimal.unwrap_or_else(|| decimal(&rows, delimiter));
    Dialect { delimiter, decimal, header: options.header.unwrap_or_else(|| has_header(&rows, decimal)) }
}

struct Sample<'t> {
    text: &'t [u8],
    /// Whether its last row may be a part of one.
    cut: bool,
}

impl Sample<'_> {
    /// The first rows, cell by cell.
    fn rows(&self, delimiter: u8) -> Vec<Vec<String>> {
        let mut scanner = Scanner::new(delimiter);
        let mut rows = Vec::new();
        while scanner.at < self.text.len() && rows.len() < ROWS {
            // What is wrong with it is told when all of it is read.
            let Ok(found) = scanner.record(self.text) else { break };
            if found == 0 {
                continue;
            }
            if self.cut && scanner.at >= self.text.len() && !rows.is_empty() {
                break;
            }
            // A grid of one row.
            let grid = std::mem::take(&mut scanner.grid);
            rows.push((0..found).map(|i| cell(&grid, self.text, i)).collect());
        }
        rows
    }

    /// How well a delimiter suits: the share of rows that have as many cells as most have, times that of cells in which no other delimiter is left. A comma may be,
    /// since it stands in numbers and in texts.
    fn score(&self, delimiter: u8) -> f64 {
        let rows = self.rows(delimiter);
        let alike = |row: &Vec<String>| rows.iter().filter(|r| r.len() == row.len()).count();
        let Some(usual) = rows.iter().max_by_key(|row| alike(row)) else { return 0.0 };
        if usual.len() < 2 {
            return 0.0;
        }
        let other = |b: u8| b != delimiter && b != b',' && DELIMITERS.contains(&b);
        let (mut clean, mut all) = (0_usize, 0_usize);
        for cell in rows.iter().flatten() {
            all += 1;
            clean += usize::from(!cell.bytes().any(other));
        }
        (alike(usual) as f64 / rows.len() as f64) * (clean as f64 / all.max(1) as f64)
    }
}

fn cell(grid: &Grid, text: &[u8], column: usize) -> String {
    // A grid that was not measured has no width: its cells are those of its one row.
    grid.cell(text, 0, column).into_owned()
}

/// A comma between delimiters that are commas separates thousands at best.
fn decimal(rows: &[Vec<String>], delimiter: u8) -> u8 {
    let count = |sign: u8| {
        let with = |cell: &&String| cell.bytes().any(|b| b == sign) && number(cell, sign).is_some();
        rows.iter().skip(1).flatten().filter(with).count()
    };
    if delimiter != b',' && count(b',') > count(b'.') { b',' } else { b'.' }
}

/// Names are no numbers. Where a column below them holds numbers alone, they are names; where all is text, they are as long as none of them occurs again.
fn has_header(rows: &[Vec<String>], decimal: u8) -> bool {
    let typed = |cell: &String| number(cell, decimal).is_some() || day(cell).is_some();
    let [first, below @ ..] = rows else { return false };
    if below.is_empty() || first.iter().any(typed) || first.iter().all(|cell| is_missing(cell)) {
        return false;
    }
    let column = |at: usize| below.iter().filter_map(move |row| row.get(at)).filter(|cell| !is_missing(cell));
    let holds_numbers = |at| column(at).next().is_some() && column(at).all(typed);
    if (0..first.len()).any(holds_numbers) {
        return true;
    }
    first.iter().enumerate().all(|(at, name)| column(at).all(|cell| cell != name) && !first[..at].contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (char, char, bool) {
        let dialect = guess(text.as_bytes(), &Options::default());
        (char::from(dialect.delimiter), char::from(dialect.decimal), dialect.header)
    }

    #[test]
    fn files_say_what_they_are() {
        for (text, wanted) in [
            ("a,b\n1,2\n3,4\n", (',', '.', true)),
            ("1,2\n3,4\n", (',', '.', false)),
            ("a;b\n1,5;2,5\n3,5;4\n", (';', ',', true)),
            ("1,5;2,5;1\n3,5;4,5;2\n", (';', ',', false)),
            ("a;b\n1.5;2.5\n", (';', '.', true)),
            ("a\tb\nx, y\t2\nz\t3\n", ('\t', '.', true)),
            ("a|b|c\n1|2|x\n", ('|', '.', true)),
            ("name,tags\nx,a|b\ny,c|d|e\nz,f\n", (',', '.', true)),
            ("red,yes\nblue,no\nred,no\n", (',', '.', false)),
            ("colour,ripe\nred,yes\nblue,no\nred,no\n", (',', '.', true)),
            ("day,n\n2024-01-01,1\n", (',', '.', true)),
            (",a\n0,x\n1,y\n", (',', '.', true)),
            ("n,amount\n1,\"1,234\"\n2,\"2,345\"\n", (',', '.', true)),
            ("value\n1\n2\n", (',', '.', true)),
            ("\"a;b\",\"c\"\n1,2\n3,4\n", (',', '.', true)),
            ("", (',', '.', false)),
            ("a,b\n", (',', '.', false)),
        ] {
            assert_eq!(of(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn corrections_stand() {
        let options = Options { delimiter: Some(b';'), decimal: Some(b','), header: Some(true), ..Options::default() };
        assert_eq!(guess(b"1,2\n3,4\n", &options), Dialect { delimiter: b';', decimal: b',', header: true });
    }
}
