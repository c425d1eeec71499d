//! The same seed gives the same bits, and a sample's output does not depend on the company it keeps.

use whittle::engine::{
    catalog::Pick,
    data::{Samples, Task},
    initializers, losses,
    network::{Network, Tape},
    optimizers,
    rng::Rng,
    schedules,
    shape::Shape,
    train::{Rules, Score, Settings, Trainer},
};

fn mlp() -> (Network, &'static str) {
    let mut picks = Vec::new();
    for a in whittle::engine::activations::CATALOG.entries {
        picks.extend([Pick::new("dense").with("units", 13.0), Pick::new(a.key)]);
    }
    picks.extend([Pick::new("dropout"), Pick::new("dense").with("units", 3.0)]);
    (Network::new(&picks, &Shape(vec![19])).unwrap(), "mlp")
}

fn cnn() -> (Network, &'static str) {
    let conv = |filters: f64| Pick::new("conv2d").with("filters", filters);
    let picks = [
        conv(5.0),
        Pick::new("relu"),
        Pick::new("maxpool"),
        conv(7.0).with("padding", 1.0),
        Pick::new("silu"),
        Pick::new("avgpool"),
        Pick::new("dropout"),
        Pick::new("flatten"),
        Pick::new("dense").with("units", 3.0),
    ];
    (Network::new(&picks, &Shape(vec![11, 9, 2])).unwrap(), "cnn")
}

fn transformer() -> (Network, &'static str) {
    let picks = [
        Pick::new("embedding").with("size", 6.0),
        Pick::new("position"),
        Pick::new("attention").with("heads", 3.0),
        Pick::new("add").with("back", 1.0),
        Pick::new("layernorm"),
        Pick::new("conv2d").with("filters", 5.0).with("kernel", 1.0),
        Pick::new("flatten"),
        Pick::new("dense").with("units", 3.0),
    ];
    (Network::new(&picks, &Shape(vec![7])).unwrap(), "transformer")
}

/// A trainer of `network` by `optimizer`, on samples of three classes. L-BFGS goes by all of them at each step, as a session has it.
fn trainer(network: Network, optimizer: &str, seed: u64) -> (Trainer, Samples) {
    let init = initializers::CATALOG.resolve(&Pick::new("he-normal")).map(|(e, v)| (e.build)(&v)).unwrap();
    let rules = Rules {
        loss: losses::CATALOG.resolve(&Pick::new("cross-entropy").with("smoothing", 0.1)).map(|(e, v)| (e.build)(&v)).unwrap(),
        optimizer: optimizers::CATALOG.resolve(&Pick::new(optimizer)).map(|(e, v)| (e.build)(&v)).unwrap(),
        optimizer_key: optimizer.into(),
        schedule: schedules::CATALOG.resolve(&Pick::new("constant")).map(|(e, v)| (e.build)(&v)).unwrap(),
    };
    let mut rng = Rng::new(seed, 0);
    let params = network.init(init.as_ref(), &mut rng);
    let (len, tokens) = (30, network.nodes()[0].layer.first());
    let mut input = || if tokens { rng.below(3) as f32 } else { rng.range(-1.0, 1.0) };
    let inputs = (0..len * network.input().len()).map(|_| input()).collect();
    let data = Samples { len, inputs, classes: (0..len as u32).map(|i| i * i % 3).collect(), values: Vec::new() };
    let batch = if optimizer == optimizers::FULL_BATCH { len } else { 7 };
    let settings = Settings { lr: 0.01, batch, epochs: 5.0, warmup: 0.0, l1: 0.0, l2: 0.0, max_norm: 0.0 };
    let task = Task::Classes(["a", "b", "c"].map(String::from).into());
    (Trainer::new(network, params, task, settings, rules, seed), data)
}

/// Parameters after 20 steps, and how often the samples of a step were looked at.
fn train(network: Network, optimizer: &str, seed: u64) -> (Vec<f32>, usize) {
    let (mut trainer, data) = trainer(network, optimizer, seed);
    let (mut steps, mut looks) = (0, 0);
    while steps < 20 {
        looks += 1;
        steps += usize::from(trainer.advance(&data, &mut Score::default()).is_some());
    }
    (trainer.params, looks)
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    for build in [mlp, cnn, transformer] {
        let (_, name) = build();
        let build = || build().0;
        for optimizer in optimizers::CATALOG.entries {
            let (first, looks) = train(build(), optimizer.key, 5);
            let searches = optimizer.key == optimizers::FULL_BATCH;
            assert!(first.iter().all(|p| p.is_finite()), "{name} with {}", optimizer.key);
            assert_eq!(looks > 20, searches, "{name} with {}: looks beyond the first are those of a line search", optimizer.key);
            assert_eq!(bits(&first), bits(&train(build(), optimizer.key, 5).0), "{name} with {}", optimizer.key);
            assert_ne!(bits(&first), bits(&train(build(), optimizer.key, 6).0), "{name} with {}", optimizer.key);
        }
    }
}

#[test]
fn a_sample_has_the_same_output_alone_and_in_company() {
    for (network, name) in [mlp(), cnn(), transformer()] {
        let init = initializers::CATALOG.resolve(&Pick::new("he")).map(|(e, v)| (e.build)(&v)).unwrap();
        let mut rng = Rng::new(2, 0);
        let params = network.init(init.as_ref(), &mut rng);
        let width = network.input().len();
        let x: Vec<f32> = (0..37 * width).map(|_| rng.range(-1.0, 1.0)).collect();
        let together = network.forward(&params, &x, 37, false, &mut rng, &mut Tape::default()).to_vec();
        let mut tape = Tape::default();
        for (i, x) in x.chunks_exact(width).enumerate() {
            let alone = network.forward(&params, x, 1, false, &mut rng, &mut tape);
            assert_eq!(bits(alone), bits(&together[i * 3..][..3]), "{name}, sample {i}");
        }
    }
}

#[test]
fn dropout_is_off_outside_training_and_keeps_the_mean_within() {
    let network = Network::new(&[Pick::new("dropout").with("rate", 0.3)], &Shape(vec![10_000])).unwrap();
    let x = vec![1.0; 10_000];
    let mut tape = Tape::default();
    assert_eq!(network.forward(&[], &x, 1, false, &mut Rng::new(1, 0), &mut tape), x);
    let y = network.forward(&[], &x, 1, true, &mut Rng::new(1, 0), &mut tape);
    let kept = y.iter().filter(|y| **y != 0.0).count();
    // Four standard errors of a share of 0.7 in 10 000 draws.
    assert!((6817..=7183).contains(&kept), "{kept} kept");
    assert!(y.iter().all(|y| *y == 0.0 || (*y - 1.0 / 0.7).abs() < 1e-6));
}
