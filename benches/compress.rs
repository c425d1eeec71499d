//! What compression costs and gains: `cargo bench --bench compress`.
//!
//! Microseconds per call of packed models at batch 1 and 64, the time to compress, write and judge a model, and from how many zeros
//! on skipping them pays. Fixed seeds; the fastest of many calls, since all that other programs do is slow one down.

use std::time::Instant;

use whittle::engine::{
    artifact,
    catalog::Pick,
    compress::{Settings, compress},
    inference::Runner,
    initializers,
    network::Network,
    packed::PackedModel,
    rng::Rng,
    shape::Shape,
};

fn main() {
    for (name, network) in networks() {
        let mut rng = Rng::new(1, 0);
        let init = initializers::CATALOG.resolve(&Pick::new("he")).map(|(e, v)| (e.build)(&v)).unwrap();
        let params = network.init(init.as_ref(), &mut rng);
        let x: Vec<f32> = (0..2000 * network.input().len()).map(|_| rng.uniform()).collect();
        println!("{name}, {} parameters", params.len());
        whole(&network, &params, &x);
        latency(&network, &params, &x);
        sparse(&network, &params, &x);
    }
}

fn networks() -> Vec<(&'static str, Network)> {
    let dense = |units: f64| Pick::new("dense").with("units", units);
    let conv = |filters: f64| Pick::new("conv2d").with("filters", filters);
    let act = |key: &str| Pick::new(key);
    let mlp = |a: f64, b: f64| vec![dense(a), act("relu"), dense(b), act("relu"), dense(10.0)];
    let cnn = vec![
        conv(8.0),
        act("relu"),
        act("maxpool"),
        conv(16.0),
        act("relu"),
        act("maxpool"),
        act("flatten"),
        dense(24.0),
        act("relu"),
        dense(10.0),
    ];
    [
        ("mlp 784-64-32-10", vec![784], mlp(64.0, 32.0)),
        ("mlp 784-128-64-10", vec![784], mlp(128.0, 64.0)),
        ("cnn 28×28, 8 and 16 filters", vec![28, 28, 1], cnn),
    ]
    .into_iter()
    .map(|(name, input, picks)| (name, Network::new(&picks, &Shape(input)).unwrap()))
    .collect()
}

fn settings(sparsity: f64, bits: u32, activation_bits: u32) -> Settings {
    Settings { sparsity, pruner: Pick::new("layer-magnitude"), bits, per_channel: true, activation_bits }
}

/// Compress, write all forms, and run 2,000 samples.
fn whole(network: &Network, params: &[f32], x: &[f32]) {
    let baseline = PackedModel::dense(network, params);
    for (sparsity, bits) in [(0.0, 8), (0.8, 4), (0.9, 32)] {
        let settings = settings(sparsity, bits, 32);
        let calibration = &x[..256 * network.input().len()];
        let made = compress(network, params, None, &settings, calibration).unwrap();
        let (mut runner, batch) = (Runner::new(&made.model).unwrap(), x.len() / network.input().len());
        let times = [
            fastest(|| drop(compress(network, params, None, &settings, calibration).unwrap())),
            fastest(|| drop(artifact::sizes(&baseline, &made.model, ""))),
            fastest(|| _ = runner.run(x, batch)),
        ];
        let sizes: Vec<u64> = artifact::sizes(&baseline, &made.model, "").iter().map(|s| s.bytes).collect();
        println!(
            "  {sparsity} pruned, {bits} bits: compress {:.1} ms, files {:.1} ms, 2,000 samples {:.1} ms; bytes {sizes:?}",
            times[0] / 1e3,
            times[1] / 1e3,
            times[2] / 1e3
        );
    }
}

fn latency(network: &Network, params: &[f32], x: &[f32]) {
    println!("  {:<20}{:>12}{:>12}", "µs per call", "batch 1", "batch 64");
    let row = |name: &str, model: &PackedModel| {
        let mut runner = Runner::new(model).unwrap();
        let [one, many] = [1, 64].map(|batch| fastest(|| _ = runner.run(&x[..batch * network.input().len()], batch)));
        println!("  {name:<20}{one:>12.1}{many:>12.1}");
    };
    row("f32", &PackedModel::dense(network, params));
    for (bits, activation_bits) in [(8, 32), (4, 32), (2, 32), (1, 32), (8, 8), (6, 8), (5, 8), (4, 8), (3, 8), (2, 8), (1, 8)] {
        let made = compress(network, params, None, &settings(0.0, bits, activation_bits), &x[..64 * network.input().len()]).unwrap();
        row(&format!("w{bits} a{activation_bits}"), &made.model);
    }
}

/// The same weights on the kernel that skips zeros and on the one that does not.
fn sparse(network: &Network, params: &[f32], x: &[f32]) {
    for (bits, activation_bits) in [(32, 32), (8, 32), (8, 8)] {
        println!("  w{bits} a{activation_bits}: dense / sparse time at batch 1, 64");
        for sparsity in [0.5, 0.7, 0.8, 0.9, 0.95] {
            let settings = settings(sparsity, bits, activation_bits);
            let mut made = compress(network, params, None, &settings, &x[..64 * network.input().len()]).unwrap().model;
            let mut time = |sparse: bool| {
                made.layers.iter_mut().filter_map(|l| l.weights.as_mut()).for_each(|w| w.sparse = sparse);
                let mut runner = Runner::new(&made).unwrap();
                [1, 64].map(|batch| fastest(|| _ = runner.run(&x[..batch * network.input().len()], batch)))
            };
            let (dense, sparse) = (time(false), time(true));
            println!("    {:>3.0} %{:>8.2}{:>8.2}", sparsity * 100.0, dense[0] / sparse[0], dense[1] / sparse[1]);
        }
    }
}

/// Microseconds of the fastest call.
fn fastest(mut run: impl FnMut()) -> f64 {
    let (mut best, mut runs, begin) = (f64::INFINITY, 0, Instant::now());
    while runs < 5 || begin.elapsed().as_millis() < 80 {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64() * 1e6);
        runs += 1;
    }
    best
}
