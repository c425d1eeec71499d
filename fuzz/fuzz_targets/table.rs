//! A file of the reader's own: its first byte chooses corrections, the rest is the file. A table that is read is as long as its columns, has no more rows than the
//! text has lines, and is the same again; a data set made of it holds finite numbers and each row once.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use whittle::engine::{
    catalog::Pick,
    data::{
        TableSource,
        table::{self, Kind, Options, Table},
    },
};
use whittle_fuzz::within;

fn check(table: &Table, bytes: &[u8]) {
    // A line ends with either sign or both.
    let lines = 1 + bytes.iter().filter(|b| matches!(b, b'\n' | b'\r')).count();
    assert!(table.rows + usize::from(table.header) <= lines, "{} rows of {lines} lines", table.rows);
    assert!(table.target < table.columns.len() && table.columns.len() <= table::MAX_COLUMNS);
    assert!(table.preview.len() == table.rows.min(table::PREVIEW) && table.preview.iter().all(|row| row.len() == table.columns.len()));
    for column in &table.columns {
        assert!(column.missing <= table.rows && !column.name.is_empty(), "{column:?}");
        for (len, holds) in [(column.numbers.len(), "numbers"), (column.codes.len(), "categories")] {
            assert!(len == 0 || len == table.rows, "{len} {holds} in {} rows", table.rows);
        }
        assert!(column.numbers.iter().all(|n| n.is_nan() || n.is_finite()));
        assert!(column.codes.iter().all(|c| *c == u32::MAX || (*c as usize) < column.categories.len()));
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, bytes)) = input.split_first() else { return };
    let choice = usize::from(*choice);
    let bytes = Arc::new(bytes.to_vec());
    // Half of all inputs leave everything to the guesses.
    let set = choice & 1 == 1;
    let options = Options {
        delimiter: [None, Some(b','), Some(b';'), Some(b'\t')][if set { choice >> 1 & 3 } else { 0 }],
        decimal: [None, Some(b',')][if set { choice >> 3 & 1 } else { 0 }],
        header: [None, Some(true), Some(false), None][if set { choice >> 4 & 3 } else { 0 }],
        classes: [None, Some(true), Some(false), None][if set { choice >> 6 & 3 } else { 0 }],
        ..Options::default()
    };
    let Ok(table) = within((2 << 20) + 200 * bytes.len(), || table::read(&bytes, options.clone())) else { return };
    check(&table, &bytes);
    let second = table::read(&bytes, options);
    let same = second
        .as_ref()
        .is_ok_and(|second| second.checksum == table.checksum && second.rows == table.rows && second.preview == table.preview);
    assert!(same, "read once more it is another table");
    // What the columns are found to hold can be said, and changes nothing.
    let kinds: Vec<(usize, Kind)> = table.columns.iter().enumerate().map(|(at, column)| (at, column.kind)).collect();
    assert_eq!(table::kinds_of(&table::write_columns(&kinds)).as_ref(), Ok(&kinds));
    let pick = Pick::new(table::KEY);
    let source =
        TableSource { pick, file: "0123456789abcdef:my.csv".into(), columns: String::new(), test_share: 0.3, seed: 1, first: None, gaps: false };
    // Each input is a float for each row, and a table has at most as many categories as rows.
    let values = table.rows * table.columns.iter().map(|column| column.categories.len() + 2).sum::<usize>();
    let Ok(data) = within((2 << 20) + 64 * values + 200 * bytes.len(), || table.dataset(&source)) else { return };
    assert!(data.train.len + data.test.len <= table.rows && data.test.len > 0 && data.train.len > 1);
    for part in [&data.train, &data.test] {
        assert_eq!(part.inputs.len(), part.len * data.features.len());
        assert!(part.inputs.iter().chain(&part.values).all(|value| value.is_finite()));
    }
});
