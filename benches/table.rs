//! A CSV file of 50,000 rows × 50 columns: reading it, and making a data set of it: `cargo bench --bench table`.
//!
//! An element is a byte of the file where it is read, and a cell where a data set is made of it.

mod harness;

use std::{fmt::Write as _, sync::Arc, time::Duration};

use criterion::Throughput;
use harness::criterion;
use whittle::engine::{
    catalog::Pick,
    data::{self, Source, table},
    rng::Rng,
};

const ROWS: usize = 50_000;
const COLUMNS: usize = 50;
/// The last columns but one hold words, the last a class.
const WORDS: usize = 9;

/// Numbers with three decimals, of which a few are missing, words, and a class.
fn file() -> String {
    let (mut rng, mut text) = (Rng::new(3, 0), String::new());
    let names: Vec<String> = (1..COLUMNS).map(|c| format!("column {c}")).collect();
    let _ = writeln!(text, "{},class", names.join(","));
    for _ in 0..ROWS {
        for column in 1..COLUMNS {
            // Writing to a string does not fail.
            let _ = match (column + WORDS < COLUMNS, rng.below(50)) {
                (true, 0) => write!(text, ","),
                (true, _) => write!(text, "{:.3},", rng.range(-100.0, 100.0)),
                (false, _) => write!(text, "word {},", rng.below(6)),
            };
        }
        let _ = writeln!(text, "{}", ["yes", "no"][rng.below(2) as usize]);
    }
    text
}

fn main() {
    let bytes = Arc::new(file().into_bytes());
    let Ok(Source::Table(source)) = data::source(&Pick::new(table::KEY), 0.2, 1) else { panic!("a table") };
    let options = table::Options::of(&source).expect("options");
    let mut criterion = criterion().sample_size(10).measurement_time(Duration::from_secs(3));
    let mut group = criterion.benchmark_group("table, 50,000x50");
    group.throughput(Throughput::Elements(bytes.len() as u64));
    group.bench_function("read", |b| b.iter(|| table::read(&bytes, options.clone()).expect("it can be read").rows));
    group.throughput(Throughput::Elements((ROWS * COLUMNS) as u64));
    let read = table::read(&bytes, options).expect("it can be read");
    assert_eq!((read.rows, read.columns.len()), (ROWS, COLUMNS));
    group.bench_function("make a data set", |b| b.iter(|| read.dataset(&source).expect("data").train.len));
    group.finish();
    criterion.final_summary();
}
