//! Recurrent layers and attention in every form: what is stored is what is computed with, and a note says what is simulated or left out.

mod compress_support;

use compress_support::{attentive, inputs, params, recurrent, settings};
use whittle::{
    engine::{
        catalog::Pick,
        compress::{Calibration, Compressed, Settings, compress},
        inference::Runner,
        layers::Op,
        network::Network,
        packed::{PackedModel, Weights},
        quantization::{Format, Granularity},
        rng::Rng,
        shape::Shape,
    },
    kernels::small_floats::Kind,
};

/// Every form of weights, as it is asked for.
fn forms() -> Vec<(&'static str, Settings)> {
    let format = |format, granularity| Settings { format, granularity, ..settings(0.0, "layer", 32) };
    let mut forms = vec![
        ("2:4", settings(0.5, "n-m", 8)),
        ("3-bit codebook", format(Format::Codebook(3), Granularity::Channel)),
        ("bf16", format(Format::Float(Kind::Bf16), Granularity::Channel)),
        ("fp8", format(Format::Float(Kind::E4m3), Granularity::Channel)),
        ("groups", Settings { affine: true, ..format(Format::Int(4), Granularity::Group(32)) }),
    ];
    for (name, bits) in [("int8", 8), ("int4", 4), ("ternary", 2), ("binary", 1)] {
        forms.push((name, settings(0.0, "layer", bits)));
    }
    forms
}

fn run(model: &PackedModel, x: &[f32], batch: usize) -> Vec<f32> {
    Runner::new(model).expect("a model").run(x, batch).to_vec()
}

fn small(network: &Network, params: &[f32], x: &[f32], settings: &Settings) -> Compressed {
    compress(network, params, None, settings, &Calibration::of(x)).expect("settings are sound")
}

/// Places of layers that are more than one product.
fn places(small: &Compressed) -> impl Iterator<Item = usize> + '_ {
    small.model.layers.iter().enumerate().filter(|(_, layer)| layer.op.winds()).map(|(i, _)| i)
}

/// What goes in: whole numbers where an embedding reads them.
fn samples(network: &Network, batch: usize, seed: u64) -> Vec<f32> {
    let x = inputs(network, batch, seed);
    match network.nodes()[0].layer.op() {
        Op::Embedding { tokens, .. } => x.iter().map(|v| (v.abs() * 100.0).floor() % tokens as f32).collect(),
        _ => x,
    }
}

/// With 8-bit activations or without; that layers compute in floats in spite of them is said.
#[test]
fn packed_weights_are_those_that_run() {
    let mut seen = 0;
    for (name, network) in recurrent().into_iter().chain(attentive()) {
        let (params, x) = (params(&network, 3), samples(&network, 20, 4));
        for (form, settings) in forms() {
            for activation_bits in [32, 8] {
                let packed = small(&network, &params, &x, &Settings { activation_bits, ..settings.clone() });
                // The same weights as floats, everything else as it is.
                let mut floats = packed.model.clone();
                for i in places(&packed) {
                    seen += 1;
                    let layer = &mut floats.layers[i];
                    assert!(layer.activation.is_none(), "{name}, {form}: layer {} has no integer kernel", i + 1);
                    let weights = layer.weights.as_mut().expect("weights");
                    let note = format!("Simulated arithmetic: layer {} stores {} bits per weight", i + 1, weights.bits());
                    assert!(weights.bits() < 32 && packed.notes.iter().any(|n| n.starts_with(&note)), "{name}, {form}: {:?}", packed.notes);
                    *weights = Weights::dense(weights.inputs, weights.units, weights.to_f32());
                }
                let pairs = run(&packed.model, &x, 20).into_iter().zip(run(&floats, &x, 20));
                let off = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(off < 1e-5, "{name}, {form}, activations of {activation_bits} bits: {off}");
            }
        }
    }
    assert!(seen > 150, "{seen}");
}

/// How far the states of the first layer are off the network's own, squared, and on average.
fn state_error(network: &Network, params: &[f32], small: &Compressed, x: &[f32]) -> (f64, f64) {
    let batch = x.len() / network.input().len();
    let first = |model: &PackedModel| PackedModel { input: model.input.clone(), layers: model.layers[..1].to_vec() };
    let want = run(&first(&PackedModel::dense(network, params)), x, batch);
    let got = run(&first(&small.model), x, batch);
    let off: Vec<f64> = got.iter().zip(&want).map(|(a, b)| f64::from(a - b)).collect();
    let units = want.len() / batch;
    let means = (0..units).map(|n| off.iter().skip(n).step_by(units).sum::<f64>() / batch as f64);
    (off.iter().map(|d| d * d).sum::<f64>() / off.len() as f64, means.map(|m| m * m).sum::<f64>() / units as f64)
}

/// Samples of steps whose eight features are mixed of three, as real ones hang together; what does not can hardly be made up for.
fn mixed(batch: usize) -> Vec<f32> {
    let mut rng = Rng::new(11, 0);
    let mix: Vec<f32> = (0..24).map(|_| rng.normal()).collect();
    let mut step = || {
        let sources: Vec<f32> = (0..3).map(|_| rng.normal() + 1.0).collect();
        let mut feature = |n: usize| sources.iter().enumerate().map(|(k, v)| v * mix[k * 8 + n]).sum::<f32>() + 0.1 * rng.normal();
        (0..8).map(&mut feature).collect::<Vec<f32>>()
    };
    (0..batch * 6).flat_map(|_| step()).collect()
}

/// Rules that look at samples bring states nearer to the network's than the nearest levels do, and a corrected bias their means: on average over cells and
/// widths, for one alone may be unlucky.
#[test]
fn what_looks_at_samples_brings_states_nearer() {
    let cell = |key: &str, gives: f64| {
        let layer = Pick::new(key).with("units", 16.0).with("gives", gives);
        Network::new(&[layer, Pick::new("dense").with("units", 3.0)], &Shape(vec![6, 8])).expect(key)
    };
    let mut ratios = [Vec::new(), Vec::new(), Vec::new()];
    for key in ["rnn", "lstm", "gru"] {
        for (gives, bits) in [(0.0, 3), (0.0, 4), (1.0, 3), (1.0, 4)] {
            let network = cell(key, gives);
            let (params, x) = (params(&network, 7), mixed(96));
            let near = settings(0.0, "layer", bits);
            let of = |settings: Settings| state_error(&network, &params, &small(&network, &params, &x, &settings), &x);
            let before = of(near.clone());
            for (ratios, rounder) in ratios.iter_mut().zip(["gptq", "adaround"]) {
                ratios.push(of(Settings { rounder: Pick::new(rounder), ..near.clone() }).0 / before.0);
            }
            ratios[2].push(of(Settings { correct_bias: true, ..near.clone() }).1 / before.1);
        }
    }
    for (ratios, what) in ratios.iter().zip(["GPTQ", "AdaRound", "bias correction"]) {
        let mean = libm::exp(ratios.iter().map(|r| libm::log(*r)).sum::<f64>() / ratios.len() as f64);
        println!("{what}: {mean:.3} {ratios:.2?}");
        assert!(mean < 0.8, "{what}: {mean} of the error of nearest levels: {ratios:?}");
    }
}

/// What a layer cannot have leaves it as it is, to the bit, and is said.
#[test]
fn what_is_left_out_is_said() {
    let mut seen = 0;
    for (name, network) in recurrent().into_iter().chain(attentive()) {
        let (params, x) = (params(&network, 5), samples(&network, 20, 6));
        let near = settings(0.0, "layer", 4);
        let plain = small(&network, &params, &x, &near);
        for (what, wanted) in [
            ("GPTQ", Settings { rounder: Pick::new("gptq"), ..near.clone() }),
            ("AdaRound", Settings { rounder: Pick::new("adaround"), ..near.clone() }),
            ("bias correction", Settings { correct_bias: true, ..near.clone() }),
            ("equalization", Settings { equalize: true, ..near.clone() }),
        ] {
            let other = small(&network, &params, &x, &wanted);
            for i in places(&other) {
                let (a, b) = (&other.model.layers[i], &plain.model.layers[i]);
                let said = other.notes.iter().any(|n| n.starts_with(&format!("Layer {} does without", i + 1)) && n.contains(what));
                let without = match a.op {
                    Op::Attention(_) => true,
                    Op::Embedding { .. } => {
                        assert_eq!((&a.weights, &a.bias), (&b.weights, &b.bias), "{name}: an embedding has the nearest levels");
                        what == "equalization"
                    }
                    _ => what == "equalization",
                };
                assert_eq!(said, without, "{name}, {what}, layer {}: {:?}", i + 1, other.notes);
                if without {
                    seen += 1;
                    assert_eq!((&a.weights, &a.bias), (&b.weights, &b.bias), "{name}: {what} at layer {}", i + 1);
                }
            }
        }
    }
    assert!(seen > 15, "{seen}");
}
