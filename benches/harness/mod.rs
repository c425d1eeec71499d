//! What every bench starts from: how long criterion measures, and fixed values.

use std::time::Duration;

use criterion::Criterion;
use whittle::engine::rng::Rng;

/// Criterion as all benches use it, with the filter and the options of the command line: short measurements, since there are hundreds
/// of them. An option such as `--measurement-time 5` asks for longer ones.
pub fn criterion() -> Criterion {
    Criterion::default()
        .without_plots()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .nresamples(10_000)
        .configure_from_args()
}

/// `n` values in [-1, 1) from a fixed seed.
#[allow(dead_code, reason = "not every bench makes up its numbers")]
pub fn values(n: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed, 0);
    (0..n).map(|_| rng.range(-1.0, 1.0)).collect()
}
