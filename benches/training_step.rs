//! Training steps, whole and by part: `cargo bench --bench training_step`.
//!
//! Batches of 32 with fixed seeds; an element is a sample. Parts are timed one layer at a time with the same calls that the network makes.

mod harness;
#[path = "harness/networks.rs"]
mod networks;

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use harness::{criterion, values};
use networks::{cnn, mlp, network};
use whittle::{
    engine::{
        catalog::Pick,
        layers::{Grads, Pass},
        losses::{self, Target},
        network::{Network, Tape},
        optimizers::{self, State},
        rng::Rng,
    },
    kernels::Scratch,
};

const BATCH: usize = 32;

fn main() {
    let mut criterion = criterion();
    for (name, input, picks) in [
        ("mlp 784-64-32-10, relu", vec![784], mlp("relu", &[64.0, 32.0, 10.0])),
        ("mlp 784-64-32-10, gelu", vec![784], mlp("gelu", &[64.0, 32.0, 10.0])),
        ("mlp 784-64-32-10, tanh", vec![784], mlp("tanh", &[64.0, 32.0, 10.0])),
        ("mlp 2-8-8-2, tanh", vec![2], mlp("tanh", &[8.0, 8.0, 2.0])),
        ("cnn 28x28, 8 and 16 filters", vec![28, 28, 1], cnn(&[10.0])),
    ] {
        let (network, params) = network(input, &picks);
        measure(&mut criterion, name, &network, params);
    }
}

fn measure(criterion: &mut Criterion, name: &str, network: &Network, mut params: Vec<f32>) {
    let mut group = criterion.benchmark_group(format!("training step, {name}"));
    group.throughput(Throughput::Elements(BATCH as u64));
    let adam = optimizers::CATALOG.resolve(&Pick::new("adam")).map(|(e, v)| (e.build)(&v)).unwrap();
    let loss = losses::CATALOG.resolve(&Pick::new("cross-entropy")).map(|(e, v)| (e.build)(&v)).unwrap();
    let mut rng = Rng::new(2, 0);
    let outputs = network.output().len();
    let x = values(BATCH * network.input().len(), 3);
    let classes: Vec<u32> = (0..BATCH).map(|_| rng.below(outputs as u32)).collect();
    let mut dout = vec![0.0; BATCH * outputs];
    let mut grad = vec![0.0; params.len()];
    let mut state = State::new(adam.as_ref(), params.len());
    let mut tape = Tape::default();

    let mut step = || {
        let output = network.forward(&params, &x, BATCH, true, &mut rng, &mut tape);
        loss.eval(output, Target::Classes(&classes), outputs, &mut dout);
        network.backward(&params, &x, BATCH, &dout, &mut grad, &mut tape);
        state.step += 1;
        adam.update(state.step, 1e-3, &mut params, &grad, &mut state.memory);
    };
    // Parts start from the same state, also where a filter leaves the whole step out.
    step();
    group.bench_function("whole", |b| b.iter(&mut step));
    let logits = layers(&mut group, network, &params, x);
    group.bench_function("loss", |b| b.iter(|| loss.eval(&logits, Target::Classes(&classes), outputs, &mut dout)));
    group.bench_function("update", |b| b.iter(|| adam.update(100, 1e-3, &mut params, &grad, &mut state.memory)));
    group.finish();
}

/// Both passes of each layer, on what the layers before it make of `x`; gives what comes out of the last.
fn layers(group: &mut BenchmarkGroup<'_, WallTime>, network: &Network, params: &[f32], mut x: Vec<f32>) -> Vec<f32> {
    let (mut rng, mut scratch) = (Rng::new(4, 0), Scratch::default());
    let first = network.nodes().iter().position(|n| !n.span.is_empty()).unwrap_or(0);
    for (i, node) in network.nodes().iter().enumerate() {
        let params = &params[node.span.clone()];
        let mut y = vec![0.0; BATCH * node.layer.output().len()];
        let mut kept = vec![0.0; BATCH * node.layer.kept()];
        let mut forward = || {
            let mut pass = Pass { batch: BATCH, train: true, rng: &mut rng, kept: &mut kept, scratch: &mut scratch, skipped: None };
            node.layer.forward(&mut pass, params, &x, &mut y);
        };
        forward();
        group.bench_function(format!("{} {} forward", i + 1, node.pick.key), |b| b.iter(&mut forward));
        let dy = values(y.len(), 5);
        let mut dx = vec![0.0; x.len()];
        let mut dparams = vec![0.0; params.len()];
        let mut backward = || {
            let grads = Grads {
                x: &x,
                y: &y,
                dy: &dy,
                dx: (i > first).then_some(&mut dx),
                dparams: &mut dparams,
                batch: BATCH,
                kept: &kept,
                scratch: &mut scratch,
            };
            node.layer.backward(params, grads);
        };
        group.bench_function(format!("{} {} backward", i + 1, node.pick.key), |b| b.iter(&mut backward));
        x = y;
    }
    x
}
