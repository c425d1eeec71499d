//! Microseconds per training step, whole and by part: `cargo bench --bench training_step`.
//!
//! Batches of 32 with fixed seeds; the fastest of many steps, since all that other programs do is slow one down. Parts are timed one layer at a time with the same calls that the
//! network makes.

use std::time::Instant;

use whittle::{
    engine::{
        catalog::Pick,
        initializers,
        layers::{Grads, Pass},
        losses::{self, Target},
        network::{Network, Tape},
        optimizers::{self, State},
        rng::Rng,
        shape::Shape,
    },
    kernels::Scratch,
};

const BATCH: usize = 32;

fn main() {
    let dense = |units: f64| Pick::new("dense").with("units", units);
    let conv = |filters: f64| Pick::new("conv2d").with("filters", filters);
    let act = |key: &str| Pick::new(key);
    let mlp = |key: &str| vec![dense(64.0), act(key), dense(32.0), act(key), dense(10.0)];
    let cnn = vec![conv(8.0), act("relu"), act("maxpool"), conv(16.0), act("relu"), act("maxpool"), act("flatten"), dense(10.0)];
    for (name, input, picks) in [
        ("mlp 784-64-32-10, relu", vec![784], mlp("relu")),
        ("mlp 784-64-32-10, gelu", vec![784], mlp("gelu")),
        ("mlp 784-64-32-10, tanh", vec![784], mlp("tanh")),
        ("mlp 2-8-8-2, tanh", vec![2], vec![dense(8.0), act("tanh"), dense(8.0), act("tanh"), dense(2.0)]),
        ("cnn 28×28, 8 and 16 filters", vec![28, 28, 1], cnn),
    ] {
        measure(name, &Network::new(&picks, &Shape(input)).unwrap());
    }
}

fn fastest(mut run: impl FnMut()) -> f64 {
    let (mut best, mut runs, begin) = (f64::INFINITY, 0, Instant::now());
    while runs < 50 || begin.elapsed().as_millis() < 300 {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64() * 1e6);
        runs += 1;
    }
    best
}

fn measure(name: &str, network: &Network) {
    let init = initializers::CATALOG.resolve(&Pick::new("he")).map(|(e, v)| (e.build)(&v)).unwrap();
    let adam = optimizers::CATALOG.resolve(&Pick::new("adam")).map(|(e, v)| (e.build)(&v)).unwrap();
    let loss = losses::CATALOG.resolve(&Pick::new("cross-entropy")).map(|(e, v)| (e.build)(&v)).unwrap();
    let mut rng = Rng::new(1, 0);
    let mut params = network.init(init.as_ref(), &mut rng);
    let outputs = network.output().len();
    let x: Vec<f32> = (0..BATCH * network.input().len()).map(|_| rng.range(-1.0, 1.0)).collect();
    let classes: Vec<u32> = (0..BATCH).map(|_| rng.below(outputs as u32)).collect();
    let mut dout = vec![0.0; BATCH * outputs];
    let mut grad = vec![0.0; params.len()];
    let mut state = State::new(adam.as_ref(), params.len());
    let mut tape = Tape::default();

    let whole = fastest(|| {
        let output = network.forward(&params, &x, BATCH, true, &mut rng, &mut tape);
        loss.eval(output, Target::Classes(&classes), outputs, &mut dout);
        network.backward(&params, &x, BATCH, &dout, &mut grad, &mut tape);
        state.step += 1;
        adam.update(state.step, 1e-3, &mut params, &grad, &mut state.memory);
    });
    println!("{name}: {whole:.0} µs per step of {BATCH}, {:.0} samples/s", BATCH as f64 / whole * 1e6);
    let part = |name: &str, time: f64| println!("    {name:<24}{time:>9.1} µs {:>5.1} %", time / whole * 100.0);
    let first = network.nodes().iter().position(|n| !n.span.is_empty()).unwrap_or(0);
    let mut scratch = Scratch::default();
    let mut x = x;
    for (i, node) in network.nodes().iter().enumerate() {
        let params = &params[node.span.clone()];
        let mut y = vec![0.0; BATCH * node.layer.output().len()];
        let mut kept = vec![0.0; BATCH * node.layer.kept()];
        let forward = fastest(|| {
            let mut pass = Pass { batch: BATCH, train: true, rng: &mut rng, kept: &mut kept, scratch: &mut scratch };
            node.layer.forward(&mut pass, params, &x, &mut y);
        });
        let dy: Vec<f32> = (0..y.len()).map(|_| rng.range(-1.0, 1.0)).collect();
        let mut dx = vec![0.0; x.len()];
        let mut dparams = vec![0.0; params.len()];
        let backward = fastest(|| {
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
        });
        part(&format!("{} {} forward", i + 1, node.pick.key), forward);
        part(&format!("{} {} backward", i + 1, node.pick.key), backward);
        x = y;
    }
    let eval = fastest(|| {
        loss.eval(&x, Target::Classes(&classes), outputs, &mut dout);
    });
    part("loss", eval);
    part("update", fastest(|| adam.update(100, 1e-3, &mut params, &grad, &mut state.memory)));
}
