//! Learners on 1000 × 20 rows, many answers at once and one alone: `cargo bench --bench learners`. `benches/learners_peer/sklearn_times.py` times scikit-learn on the same table.

mod harness;

use std::{hint::black_box, sync::Arc};

use harness::{criterion, values};
use whittle::engine::{
    catalog::Pick,
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

fn main() {
    let (mut criterion, table) = (criterion(), Arc::new(table()));
    for key in ["tree", "forest", "extra-trees", "boosting", "svm", "knn"] {
        let learner = learners::build(&Pick::new(key)).expect("it is in the list");
        let learn = || {
            let mut fit = learner.fit(&table, 1).expect("it takes classes");
            learners::finish(fit.as_mut());
            fit
        };
        criterion.bench_function(&format!("{key}, learn 1000x20"), |b| b.iter(|| black_box(learn().model().outputs())));
        let fit = learn();
        let mut out = vec![0.0; ROWS * 2];
        criterion.bench_function(&format!("{key}, predict 1000x20"), |b| {
            b.iter(|| fit.model().predict(black_box(&table.inputs), ROWS, &mut out))
        });
        // What the page calls the latency of a sample, as it was learnt and in 8 bits.
        for (form, eight_bits) in [("", false), (" in 8 bits", true)] {
            let model = fit.model().shrunk(&Shrink { eight_bits, ..Shrink::default() });
            criterion.bench_function(&format!("{key}{form}, predict 1x20"), |b| {
                b.iter(|| model.predict(black_box(&table.inputs[..FEATURES]), 1, &mut out[..2]))
            });
        }
    }
    criterion.final_summary();
}
