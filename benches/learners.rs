//! Learners on 1000 × 20 made-up rows, many answers at once and one alone, and forest and boosting on the 800 training rows of German credit: `cargo bench --bench learners`.
//! `benches/learners_peer/sklearn_times.py` times scikit-learn on the same tables.

mod harness;

use std::{hint::black_box, sync::Arc};

use criterion::Criterion;
use harness::{criterion, values};
use whittle::engine::{
    catalog::Pick,
    data::{self, Source, table as csv},
    learners::{self, Shrink, Table, Target},
};

const ROWS: usize = 1000;
const FEATURES: usize = 20;

/// Two classes that a few features decide together.
fn table() -> Table {
    let inputs = values(ROWS * FEATURES, 1);
    let noise = values(ROWS, 2);
    let class = |(row, noise): (&[f32], &f32)| u32::from(row[0] * row[1] + row[2] - 0.5 * row[3] + 0.3 * noise > 0.0);
    let of = inputs.chunks_exact(FEATURES).zip(&noise).map(class).collect();
    Table { rows: ROWS, features: FEATURES, inputs, target: Target::Classes { of, count: 2 } }
}

/// The training rows of a bundled table, its words as inputs of their own.
fn credit() -> Table {
    let key = "german-credit";
    let path = format!("{}/public/data/{}", env!("CARGO_MANIFEST_DIR"), data::file_name(key));
    let bytes = std::fs::read(path).expect("the data set is there");
    let Ok(Source::Table(source)) = data::source(&Pick::new(key), 0.5, 1) else { panic!("a table") };
    let read = csv::read(&bytes.into(), csv::Options::of(&source).expect("options")).expect("it can be read");
    let data = read.dataset(&source).expect("data");
    Table::of(&data.train, data.shape.len(), &data.task)
}

fn bench(criterion: &mut Criterion, key: &str, name: &str, table: &Arc<Table>) {
    let learner = learners::build(&Pick::new(key)).expect("it is in the list");
    let learn = || {
        let mut fit = learner.fit(table, 1).expect("it takes classes");
        learners::finish(fit.as_mut());
        fit
    };
    criterion.bench_function(&format!("{key}, learn {name}"), |b| b.iter(|| black_box(learn().model().outputs())));
    let fit = learn();
    let mut out = vec![0.0; table.rows * 2];
    criterion.bench_function(&format!("{key}, predict {name}"), |b| {
        b.iter(|| fit.model().predict(black_box(&table.inputs), table.rows, &mut out))
    });
    // What the page calls the latency of a sample, as it was learnt and in 8 bits.
    for (form, eight_bits) in [("", false), (" in 8 bits", true)] {
        let model = fit.model().shrunk(&Shrink { eight_bits, ..Shrink::default() });
        criterion.bench_function(&format!("{key}{form}, predict one of {name}"), |b| {
            b.iter(|| model.predict(black_box(&table.inputs[..table.features]), 1, &mut out[..2]))
        });
    }
}

fn main() {
    let (mut criterion, made_up, credit) = (criterion(), Arc::new(table()), Arc::new(credit()));
    for key in ["tree", "forest", "extra-trees", "boosting", "svm", "knn"] {
        bench(&mut criterion, key, "1000x20", &made_up);
    }
    for key in ["forest", "boosting"] {
        bench(&mut criterion, key, "german credit", &credit);
    }
    criterion.final_summary();
}
