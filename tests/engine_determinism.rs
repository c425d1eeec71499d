//! The same seed gives the same bits, and a sample's output does not depend on the company it keeps.

use whittle::engine::{
    catalog::Pick,
    initializers,
    losses::{self, Target},
    network::{Network, Tape},
    optimizers::{self, State},
    rng::Rng,
    shape::Shape,
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

/// Parameters after 20 steps.
fn train(network: &Network, optimizer: &str, seed: u64) -> Vec<f32> {
    let init = initializers::CATALOG.resolve(&Pick::new("he-normal")).map(|(e, v)| (e.build)(&v)).unwrap();
    let rule = optimizers::CATALOG.resolve(&Pick::new(optimizer)).map(|(e, v)| (e.build)(&v)).unwrap();
    let loss = losses::CATALOG.resolve(&Pick::new("cross-entropy").with("smoothing", 0.1)).map(|(e, v)| (e.build)(&v)).unwrap();
    let mut rng = Rng::new(seed, 0);
    let mut params = network.init(init.as_ref(), &mut rng);
    let mut state = State::new(rule.as_ref(), params.len());
    let mut tape = Tape::default();
    for step in 1..=20 {
        let batch = 1 + step as usize % 7;
        let x: Vec<f32> = (0..batch * network.input().len()).map(|_| rng.range(-1.0, 1.0)).collect();
        let classes: Vec<u32> = (0..batch).map(|_| rng.below(3)).collect();
        let mut dout = vec![0.0; batch * 3];
        let mut grad = vec![0.0; params.len()];
        loss.eval(network.forward(&params, &x, batch, true, &mut rng, &mut tape), Target::Classes(&classes), 3, &mut dout);
        network.backward(&params, &x, batch, &dout, &mut grad, &mut tape);
        rule.update(step, 0.01, &mut params, &grad, &mut state.memory);
    }
    params
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    for (network, name) in [mlp(), cnn(), transformer()] {
        for optimizer in optimizers::CATALOG.entries {
            let first = train(&network, optimizer.key, 5);
            assert!(first.iter().all(|p| p.is_finite()), "{name} with {}", optimizer.key);
            assert_eq!(bits(&first), bits(&train(&network, optimizer.key, 5)), "{name} with {}", optimizer.key);
            assert_ne!(bits(&first), bits(&train(&network, optimizer.key, 6)), "{name} with {}", optimizer.key);
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
