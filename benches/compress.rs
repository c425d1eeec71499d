//! What compression costs and gains: `cargo bench --bench compress`.
//!
//! The time to compress, write and judge a model; calls of packed models at batch 1 and 64 for every width, and with zeros skipped from 50 %
//! of them on. *w8 a32* means 8-bit weights and 32-bit activations. An element is a parameter where a model is compressed or written, and
//! a sample where it runs.

mod harness;
#[path = "harness/networks.rs"]
mod networks;

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use harness::{criterion, values};
use networks::{cnn, mlp, network};
use whittle::{
    bench::{Model, Press},
    engine::{
        artifact,
        catalog::Pick,
        compress::{CALIBRATION_SAMPLES, Calibration, Settings, compress},
        inference::Runner,
        network::Network,
        packed::{PackedModel, Skips},
        quantization::Format,
    },
};

/// Samples that a change of a slider is judged on.
const SAMPLES: usize = 2000;
/// Bits of weights and activations.
const WIDTHS: &[(u32, u32)] = &[(32, 32), (8, 32), (4, 32), (2, 32), (1, 32), (8, 8), (6, 8), (5, 8), (4, 8), (3, 8), (2, 8), (1, 8)];
/// Widths for which zeros are skipped, and how many there are.
const SPARSE_WIDTHS: &[(u32, u32)] = &[(32, 32), (8, 32), (8, 8)];
const SPARSITIES: &[f64] = &[0.5, 0.7, 0.8, 0.9, 0.95];

fn main() {
    let mut criterion = criterion();
    for (name, input, picks) in [
        ("mlp 784-64-32-10", vec![784], mlp("relu", &[64.0, 32.0, 10.0])),
        ("mlp 784-128-64-10", vec![784], mlp("relu", &[128.0, 64.0, 10.0])),
        ("cnn 28x28, 8 and 16 filters", vec![28, 28, 1], cnn(&[24.0, 10.0])),
    ] {
        let (network, params) = network(input, &picks);
        let trained = Trained { name, x: values(SAMPLES * network.input().len(), 2), network, params };
        trained.change(&mut criterion);
        if name == "mlp 784-64-32-10" {
            trained.preview(&mut criterion);
        }
        for batch in [1, 64] {
            trained.run(&mut criterion, batch);
        }
    }
}

/// A network with parameters and samples.
struct Trained {
    name: &'static str,
    network: Network,
    params: Vec<f32>,
    x: Vec<f32>,
}

impl Trained {
    fn samples(&self, n: usize) -> &[f32] {
        &self.x[..n * self.network.input().len()]
    }

    fn compressed(&self, sparsity: f64, (bits, activation_bits): (u32, u32)) -> PackedModel {
        let settings =
            Settings { sparsity, pruner: Pick::new("layer"), format: Format::of_bits(bits), activation_bits, ..Settings::default() };
        compress(&self.network, &self.params, None, &settings, &Calibration::of(self.samples(CALIBRATION_SAMPLES))).unwrap().model
    }

    /// What one change of a slider costs: compress, write all forms, and run 2,000 samples.
    fn change(&self, criterion: &mut Criterion) {
        let baseline = PackedModel::dense(&self.network, &self.params);
        for (sparsity, widths) in [(0.0, (8, 32)), (0.0, (8, 8)), (0.8, (4, 32)), (0.9, (32, 32))] {
            let mut group = criterion.benchmark_group(format!("{}, {}", self.name, label(sparsity, widths)));
            group.throughput(Throughput::Elements(self.params.len() as u64));
            group.bench_function("compress", |b| b.iter(|| self.compressed(sparsity, widths)));
            let model = self.compressed(sparsity, widths);
            group.bench_function("write", |b| b.iter(|| artifact::sizes(&baseline, &model, "")));
            let mut runner = Runner::new(&model).unwrap();
            group.throughput(Throughput::Elements(SAMPLES as u64));
            group.bench_function("run 2000 samples", |b| b.iter(|| _ = black_box(runner.run(&self.x, SAMPLES))));
            group.finish();
        }
    }

    /// What a moving slider waits for ([`Press`], which `bench.html` times in the browser): a small copy judged beside the fp32 model on 2,000 samples, and GPTQ alone.
    fn preview(&self, criterion: &mut Criterion) {
        let mut group = criterion.benchmark_group(format!("{}, preview", self.name));
        for (kind, name) in [("ptq", "PTQ w8 a8"), ("prune", "one-shot prune 80 %"), ("gptq", "GPTQ w4, not judged")] {
            let mut press = Press::new(Model::Small, kind, self.params.clone(), self.x.clone()).unwrap();
            group.bench_function(name, |b| b.iter(|| press.run().unwrap()));
        }
        group.finish();
    }

    /// One call with `batch` samples: every width with all weights multiplied, then the kernels that skip zeros.
    fn run(&self, criterion: &mut Criterion, batch: usize) {
        let mut group = criterion.benchmark_group(format!("{}, batch {batch}", self.name));
        group.throughput(Throughput::Elements(batch as u64));
        let dense = WIDTHS.iter().map(|widths| (0.0, *widths));
        let sparse = SPARSE_WIDTHS.iter().flat_map(|widths| SPARSITIES.iter().map(|sparsity| (*sparsity, *widths)));
        for (sparsity, widths) in dense.chain(sparse) {
            let mut model = self.compressed(sparsity, widths);
            model
                .layers
                .iter_mut()
                .filter_map(|l| l.weights.as_mut())
                .for_each(|w| w.skips = if sparsity > 0.0 { Skips::Zeros } else { Skips::Nothing });
            let mut runner = Runner::new(&model).unwrap();
            group.bench_function(label(sparsity, widths), |b| b.iter(|| _ = black_box(runner.run(self.samples(batch), batch))));
        }
        group.finish();
    }
}

fn label(sparsity: f64, (bits, activation_bits): (u32, u32)) -> String {
    let zeros = if sparsity > 0.0 { format!(", {:.0} % zeros", sparsity * 100.0) } else { String::new() };
    format!("w{bits} a{activation_bits}{zeros}")
}
