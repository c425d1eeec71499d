//! Tables to learn from, and what is learnt of them.

#![allow(dead_code)]

use std::sync::Arc;

use whittle::engine::{
    catalog::Pick,
    data::{self, Source, files, table},
    error::SpecError,
    learners::{self, Fit, Model, Shrink, Table, Target},
    rng::Rng,
};

/// All rows of a bundled table or set of images, training rows first; columns of words become inputs as the settings' defaults say.
pub fn load(key: &str) -> Table {
    let path = format!("{}/public/data/{}", env!("CARGO_MANIFEST_DIR"), data::file_name(key));
    let bytes = std::fs::read(path).expect("the data set is there");
    let data = match data::source(&Pick::new(key), 0.5, 1).expect("a source") {
        Source::Table(source) => {
            let options = table::Options::of(&source).expect("options");
            table::read(&bytes.into(), options).expect("a table").dataset(&source).expect("data")
        }
        _ => files::read(&bytes).expect("it can be read"),
    };
    let parts = [&data.train, &data.test].map(|samples| Table::of(samples, data.shape.len(), &data.task));
    let [mut all, test] = parts;
    all.rows += test.rows;
    all.inputs.extend(test.inputs);
    match (&mut all.target, test.target) {
        (Target::Classes { of, .. }, Target::Classes { of: more, .. }) => of.extend(more),
        (Target::Values(values), Target::Values(more)) => values.extend(more),
        _ => unreachable!("both parts have the same task"),
    }
    all
}

/// Of five folds, what is learnt from and what is tested.
pub fn folds(table: &Table, fold: usize) -> (Table, Table) {
    let rows = |test: bool| (0..table.rows).filter(|row| (row % 5 == fold) == test).collect::<Vec<_>>();
    (table.only(&rows(false)), table.only(&rows(true)))
}

pub fn fit(pick: &Pick, table: Table, seed: u64) -> Result<Box<dyn Fit>, SpecError> {
    learners::build(pick)?.fit(&Arc::new(table), seed)
}

pub fn learn(pick: &Pick, table: Table, seed: u64) -> Box<dyn Model> {
    let mut fit = fit(pick, table, seed).unwrap_or_else(|error| panic!("{pick:?}: {error}"));
    learners::finish(fit.as_mut());
    fit.model().shrunk(&Shrink::default())
}

pub fn answers(model: &dyn Model, table: &Table) -> Vec<f32> {
    let mut out = vec![f32::NAN; table.rows * model.outputs()];
    model.predict(&table.inputs, table.rows, &mut out);
    out
}

pub fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

/// Accuracy, of equal shares the first class; or R².
pub fn score(model: &dyn Model, table: &Table) -> f64 {
    let got = answers(model, table);
    match &table.target {
        Target::Classes { of, count } => {
            let best = |row: &[f32]| (0..row.len()).fold(0, |best, c| if row[c] > row[best] { c } else { best });
            got.chunks(*count).zip(of).filter(|(row, class)| best(row) == **class as usize).count() as f64 / table.rows as f64
        }
        Target::Values(values) => {
            let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64;
            let off: f64 = values.iter().zip(&got).map(|(v, p)| (f64::from(*v) - f64::from(*p)).powi(2)).sum();
            1.0 - off / values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>()
        }
    }
}

/// Clouds around a centre per class, which overlap a little.
pub fn blobs(rows: usize, features: usize, classes: usize) -> Table {
    let mut rng = Rng::new(7, classes as u64);
    let of: Vec<u32> = (0..rows).map(|row| (row % classes) as u32).collect();
    let inputs = of.iter().flat_map(|class| (0..features).map(|f| ((*class as usize + f) % classes) as f32).collect::<Vec<_>>());
    let inputs = inputs.collect::<Vec<_>>().into_iter().map(|centre| centre + 0.6 * rng.normal()).collect();
    Table { rows, features, inputs, target: Target::Classes { of, count: classes } }
}

/// A value that bends with its features.
pub fn waves(rows: usize, features: usize) -> Table {
    let mut rng = Rng::new(8, 0);
    let inputs: Vec<f32> = (0..rows * features).map(|_| rng.normal()).collect();
    let value = |row: &[f32]| libm::sinf(2.0 * row[0]) + row[features - 1] * row[features - 1] * 0.5;
    let values = inputs.chunks(features).map(|row| value(row) + 0.1 * rng.normal()).collect();
    Table { rows, features, inputs, target: Target::Values(values) }
}

/// CRC-32 (IEEE 802.3), bit by bit.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }))
}

/// The mean score of `pick` over five folds and so many seeds, each fold learnt without its rows.
pub fn mean_score(pick: &Pick, table: &Table, seeds: u64) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    for seed in 0..seeds {
        for fold in 0..5 {
            let (train, test) = folds(table, fold);
            sum += score(learn(pick, train, seed).as_ref(), &test);
            count += 1;
        }
    }
    sum / f64::from(count)
}
