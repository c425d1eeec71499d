//! Pruning, quantization and integer layers against PyTorch and ONNX Runtime; `fixtures/compress/make.py` made the figures.

mod compress_support;

use compress_support::{conv, dense, settings};
use serde_json::Value;
use whittle::engine::{
    catalog::Pick,
    compress::{Calibration, Settings, compress},
    inference::Runner,
    network::Network,
    packed::{ActivationScale, Values},
    pruning::CATALOG,
    quantization::{Granularity, Scheme, quantize},
    shape::Shape,
};

fn fixture() -> Value {
    serde_json::from_str(include_str!("fixtures/compress/reference.json")).expect("the fixture is JSON")
}

fn floats(value: &Value) -> Vec<f32> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number") as f32).collect()
}

fn number(value: &Value) -> usize {
    value.as_u64().expect("a whole number") as usize
}

/// The fixture's first `layers` linear layers with ReLUs between, and their parameters.
fn network(fixture: &Value, layers: usize) -> (Network, Vec<f32>) {
    let sizes: Vec<usize> = fixture["sizes"].as_array().expect("sizes").iter().map(number).collect();
    let mut picks = Vec::new();
    let mut params = Vec::new();
    for i in 0..layers {
        picks.extend([dense(sizes[i + 1]), Pick::new("relu")]);
        params.extend(floats(&fixture["weights"][i]));
        params.extend(floats(&fixture["biases"][i]));
    }
    picks.pop();
    (Network::new(&picks, &Shape(vec![sizes[0]])).expect("a network"), params)
}

#[test]
fn pruners_choose_what_pytorch_chooses() {
    let fixture = fixture();
    for case in fixture["pruning"].as_array().expect("cases") {
        let (key, sparsity) = (case["pruner"].as_str().expect("a key"), case["sparsity"].as_f64().expect("a share"));
        let (entry, values) = CATALOG.resolve(&Pick::new(key)).expect("known");
        if key == "units" {
            // PyTorch ranks the neurons of one layer.
            let (network, params) = network(&fixture, 2);
            let pruned = (entry.build)(&values).prune(&network, &params, sparsity);
            let want: Vec<usize> = case["removed"].as_array().expect("units").iter().map(number).collect();
            assert_eq!(pruned.removed[0], want, "{key} {sparsity}");
            continue;
        }
        let (network, params) = network(&fixture, 3);
        let pruned = (entry.build)(&values).prune(&network, &params, sparsity);
        for ((layer, _, span), want) in network.weights().zip(case["masks"].as_array().expect("masks")) {
            let want: Vec<bool> = floats(want).iter().map(|m| *m != 0.0).collect();
            assert_eq!(&pruned.mask.flags()[span], want, "{key} {sparsity}, layer {layer}");
        }
    }
}

#[test]
fn eight_bit_codes_are_those_of_pytorch() {
    let fixture = fixture();
    let sizes: Vec<usize> = fixture["sizes"].as_array().expect("sizes").iter().map(number).collect();
    for case in fixture["quantization"].as_array().expect("cases") {
        let per_channel = case["per_channel"].as_bool().expect("a flag");
        let weights =
            quantize(&floats(&fixture["weights"][0]), (sizes[0], sizes[1]), &Scheme::symmetric(8, Granularity::channel(per_channel)));
        let want: Vec<i8> = floats(&case["codes"]).iter().map(|c| *c as i8).collect();
        // PyTorch's [out, in] is our [N, K].
        let off = weights.codes().iter().zip(&want).filter(|(a, b)| a != b).count();
        assert!(weights.codes().iter().zip(&want).all(|(a, b)| a.abs_diff(*b) <= 1), "per channel {per_channel}");
        assert!(off * 100 <= want.len(), "per channel {per_channel}: {off} of {} codes differ", want.len());
        let Values::Int { scales, .. } = &weights.values else { panic!("integers") };
        for (scale, want) in scales.iter().zip(floats(&case["scales"])) {
            assert!((scale - want).abs() <= want * 1e-6, "{scale} instead of {want}");
        }
    }
}

/// A layer in 8-bit integers, calibrated on its own input, against ONNX Runtime's integer operators.
fn integer_layer(name: &str, network: &Network, case: &Value) {
    let (x, want) = (floats(&case["x"]), floats(&case["y"]));
    let mut params = floats(&case["w"]);
    params.extend(floats(&case["b"]));
    let settings = Settings { activation_bits: 8, ..settings(0.0, "global-magnitude", 8) };
    let small = compress(network, &params, None, &settings, &Calibration::of(&x)).expect(name);
    let scale = small.model.layers[0].activation.expect("8-bit activations");
    assert_eq!(scale.zero, case["zero"].as_i64().expect("a zero point") as i32, "{name}");
    let step = case["step"].as_f64().expect("a step") as f32;
    assert!((scale.scale - step).abs() <= step * 1e-6, "{name}: {} instead of {step}", scale.scale);
    let got = Runner::new(&small.model).expect(name).run(&x, x.len() / network.input().len()).to_vec();
    assert_eq!(got.len(), want.len(), "{name}");
    // One activation step times the largest weight: what a single value rounded the other way would make.
    let largest = floats(&case["w"]).iter().fold(0.0_f32, |m, w| m.max(w.abs()));
    let (mut worst, mut off) = (0.0_f32, 0);
    for (got, want) in got.iter().zip(&want) {
        worst = worst.max((got - want).abs());
        off += usize::from((got - want).abs() > 1e-4);
    }
    assert!(worst <= step * largest * 1.01, "{name}: off by {worst}");
    assert!(off * 10 <= want.len(), "{name}: {off} of {} outputs differ at all", want.len());
}

#[test]
fn integer_dense_layers_agree_with_onnx_runtime() {
    let case = &fixture()["dense"];
    let network = Network::new(&[dense(number(&case["outputs"]))], &Shape(vec![number(&case["inputs"])])).expect("a network");
    integer_layer("dense", &network, case);
}

#[test]
fn integer_convolutions_agree_with_onnx_runtime() {
    let case = &fixture()["conv"];
    let shape = Shape(case["shape"].as_array().expect("a shape").iter().map(number).collect());
    let network = Network::new(&[conv(number(&case["filters"]), number(&case["kernel"]), 1, 0.0)], &shape).expect("a network");
    integer_layer("conv", &network, case);
}

#[test]
fn zero_is_exact_in_every_range() {
    for (min, max) in [(0.0, 1.0), (-1.0, 0.0), (-3.0, 5.0), (0.2, 0.9), (-0.9, -0.2), (0.0, 0.0), (-1e-30, 1e30)] {
        let scale = ActivationScale::from_range(min, max);
        assert!((-128..=127).contains(&scale.zero), "{min} to {max}: {scale:?}");
        let mut codes = [9; 3];
        scale.quantize_all(&[0.0, f32::NAN, f32::INFINITY], &mut codes);
        assert_eq!(codes[0], 0, "{min} to {max}");
        assert_eq!((i32::from(codes[1]), i32::from(codes[2])), (-128 - scale.zero, 127 - scale.zero), "{min} to {max}");
    }
}
