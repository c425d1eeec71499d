//! Times a fast kernel and its reference in turn, and prints a line for each case of a table.

use std::{hint::black_box, time::Instant};

use whittle::engine::rng::Rng;

/// `n` values in [-1, 1) from a fixed seed.
pub fn values(n: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed, 0);
    (0..n).map(|_| rng.range(-1.0, 1.0)).collect()
}

/// The head of a table. `unit` is what a case's `work` counts, in thousands of millions per second: "GFLOP/s", "Gvalue/s".
pub fn head(title: &str, unit: &str) {
    println!("\n{title}\n{:<44} {:>12} {unit:>12} {:>14}", "", "median µs", "× reference");
}

/// One case: `work` operations by the fast kernel, and the same by its reference (`None` where it is its own).
pub fn case(name: &str, work: usize, mut fast: impl FnMut(), reference: Option<&mut dyn FnMut()>) {
    let time = median(&mut fast);
    let ratio = reference.map_or_else(|| "-".into(), |mut r| format!("{:.1}", median(&mut r) / time));
    println!("{name:<44} {:>12.2} {:>12.2} {ratio:>14}", time * 1e6, work as f64 / time / 1e9);
}

/// Median seconds of one call: 15 samples of about 5 ms each, after one that is thrown away.
fn median(run: &mut impl FnMut()) -> f64 {
    let begin = Instant::now();
    run();
    let calls = (0.005 / begin.elapsed().as_secs_f64().max(1e-9)).clamp(1.0, 1e6) as u32;
    let mut samples: Vec<f64> = (0..16)
        .map(|_| {
            let begin = Instant::now();
            (0..calls).for_each(|_| black_box(&mut *run)());
            begin.elapsed().as_secs_f64() / f64::from(calls)
        })
        .skip(1)
        .collect();
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
