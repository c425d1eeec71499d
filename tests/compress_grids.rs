//! Models whose weights are narrow floats, or whole numbers in groups and with zero points, and activations of few bits: what runs, what is stored, what is
//! exact.

mod compress_support;

use compress_support::{dense, inputs, networks, params, settings};
use whittle::engine::{
    artifact::{self, Form},
    catalog::Pick,
    compress::{Calibration, Compressed, Settings, compress},
    inference::Runner,
    layers::Op,
    network::Network,
    packed::{PackedModel, Skips, Values},
    quantization::{Format, Granularity, calibration, ranges},
    shape::Shape,
};
use whittle::kernels::small_floats::KINDS;

/// Networks of every shape, and one whose units have inputs for several groups.
fn all() -> Vec<(&'static str, Network)> {
    let wide = [dense(9), Pick::new("relu"), dense(70), Pick::new("tanh"), dense(3)];
    let mut all = networks();
    all.push(("wide", Network::new(&wide, &Shape(vec![300])).expect("a network")));
    all
}

const GRANULARITIES: [Granularity; 5] =
    [Granularity::Tensor, Granularity::Channel, Granularity::Group(32), Granularity::Group(64), Granularity::Group(128)];

/// Every format, with every granularity and zero point that it has.
fn grids() -> Vec<Settings> {
    let base = settings(0.0, "global-magnitude", 32);
    let mut all = Vec::new();
    for granularity in GRANULARITIES {
        all.extend(KINDS.map(|kind| Settings { format: Format::Float(kind), granularity, ..base.clone() }));
        for bits in 1..=8 {
            all.extend([false, true].map(|affine| Settings { format: Format::Int(bits), granularity, affine, ..base.clone() }));
        }
    }
    all
}

fn packed(network: &Network, params: &[f32], settings: &Settings) -> Compressed {
    compress(network, params, None, settings, &Calibration::of(&inputs(network, 40, 3))).expect("it can be packed")
}

/// The same model with the floats that its weights stand for.
fn plain(model: &PackedModel) -> PackedModel {
    let mut plain = model.clone();
    for weights in plain.layers.iter_mut().filter_map(|layer| layer.weights.as_mut()) {
        (weights.values, weights.skips) = (Values::F32(weights.to_f32()), Skips::Nothing);
    }
    plain
}

fn furthest(a: &[f32], b: &[f32]) -> f32 {
    let size = b.iter().fold(1.0_f32, |m, v| m.max(v.abs()));
    a.iter().zip(b).fold(0.0_f32, |m, (a, b)| m.max((a - b).abs())) / size
}

#[test]
fn kernels_compute_what_the_stored_weights_say() {
    for (name, network) in all() {
        let params = params(&network, 10);
        for settings in grids() {
            let small = packed(&network, &params, &settings);
            for batch in [1, 3, 70] {
                let x = inputs(&network, batch, 11);
                let got = Runner::new(&small.model).expect(name).run(&x, batch).to_vec();
                let want = Runner::new(&plain(&small.model)).expect(name).run(&x, batch).to_vec();
                let off = furthest(&got, &want);
                assert!(off < 5e-5, "{name}, batch {batch}: {off} with {settings:?}");
            }
        }
    }
}

/// Activations of any width are rounded to codes, and their products with weights are what floats on the same grids give.
#[test]
fn whole_numbers_on_both_sides_compute_what_their_grids_say() {
    let network = Network::new(&[dense(17)], &Shape(vec![300])).expect("a network");
    let params = params(&network, 4);
    let x = inputs(&network, 9, 5);
    for activation_bits in 2..=8 {
        for granularity in GRANULARITIES {
            for (bits, affine) in [(8, true), (7, false), (4, true), (4, false), (3, true), (1, false)] {
                let settings =
                    Settings { activation_bits, granularity, affine, format: Format::Int(bits), ..settings(0.0, "global-magnitude", 32) };
                let small = packed(&network, &params, &settings);
                let scale = small.model.layers[0].activation.expect("whole numbers come in");
                assert_eq!(scale.bits, activation_bits);
                let mut rounded = vec![0.0; x.len()];
                scale.quantize_all_f32(&x, &mut rounded);
                let mut levels: Vec<i32> = rounded.iter().map(|q| *q as i32).collect();
                rounded.iter_mut().for_each(|q| *q *= scale.scale);
                levels.sort_unstable();
                levels.dedup();
                assert!(levels.len() <= 1 << activation_bits, "{activation_bits} bits have {} levels", levels.len());
                let got = Runner::new(&small.model).expect("runs").run(&x, 9).to_vec();
                let mut floats = plain(&small.model);
                floats.layers[0].activation = None;
                let want = Runner::new(&floats).expect("runs").run(&rounded, 9).to_vec();
                let off = furthest(&got, &want);
                assert!(off < 1e-5, "{off} with {settings:?}");
                let noted =
                    small.notes.iter().any(|note| note.contains("Simulated width") && note.contains(&format!("{activation_bits}-bit")));
                assert_eq!(noted, activation_bits < 8, "{:?}", small.notes);
            }
        }
    }
}

#[test]
fn zero_stays_zero_in_every_format() {
    for (name, network) in all() {
        let params = params(&network, 6);
        for settings in grids() {
            let settings = Settings { sparsity: 0.6, pruner: Pick::new("layer-magnitude"), ..settings };
            let small = packed(&network, &params, &settings);
            let exact = packed(&network, &params, &Settings { format: Format::F32, ..settings.clone() });
            for (small, exact) in small.model.layers.iter().zip(&exact.model.layers) {
                let (Some(small), Some(exact)) = (&small.weights, &exact.weights) else { continue };
                let (small_values, exact_values) = (small.to_f32(), exact.to_f32());
                assert!(exact_values.iter().zip(&small_values).all(|(e, s)| *e != 0.0 || *s == 0.0), "{name}: {settings:?}");
                assert_eq!(small.nonzero(), small_values.iter().filter(|w| **w != 0.0).count(), "{name}: {settings:?}");
            }
        }
    }
}

/// A weight that is rounded to zero may get rid of a layer, so all are looked at together.
#[test]
fn more_bits_mean_less_error() {
    for (name, network) in all() {
        let params = params(&network, 9);
        for granularity in GRANULARITIES {
            for affine in [false, true] {
                for range in ["auto", "minmax", "mse"] {
                    let mut before = 0.0;
                    for bits in [8, 7, 6, 5, 4, 3, 2] {
                        let settings = Settings { granularity, affine, range: Pick::new(range), ..settings(0.0, "global-magnitude", bits) };
                        let error: f32 = packed(&network, &params, &settings).weight_error.iter().sum();
                        assert!(
                            error >= before,
                            "{name}, {range}, {granularity:?}, affine {affine}: {bits} bits have {error}, more had {before}"
                        );
                        before = error;
                    }
                }
            }
        }
        let error = |format| -> f32 {
            let settings = Settings { format, ..settings(0.0, "global-magnitude", 32) };
            packed(&network, &params, &settings).weight_error.iter().sum()
        };
        let [half, brain, e4m3, e5m2] = KINDS.map(|kind| error(Format::Float(kind)));
        // A matrix of one weight has a scale that makes it exact.
        assert!(name == "one unit" || 0.0 < half && half < brain && brain < e4m3 && e4m3 < e5m2, "{name}: {half} {brain} {e4m3} {e5m2}");
    }
}

#[test]
fn finer_scales_mean_less_error() {
    let network = Network::new(&[dense(40)], &Shape(vec![500])).expect("a network");
    let params = params(&network, 2);
    for bits in [8, 4, 3] {
        let error = |granularity| {
            let settings = Settings { granularity, ..settings(0.0, "global-magnitude", bits) };
            packed(&network, &params, &settings).weight_error[0]
        };
        let errors =
            [Granularity::Tensor, Granularity::Channel, Granularity::Group(128), Granularity::Group(64), Granularity::Group(32)].map(error);
        assert!(errors.is_sorted_by(|a, b| a >= b) && errors[4] < 0.97 * errors[0], "{bits} bits: {errors:?}");
    }
}

#[test]
fn every_form_of_file_gives_back_every_grid() {
    for (name, network) in all() {
        let params = params(&network, 21);
        for (i, grid) in grids().into_iter().enumerate() {
            let sparsity = if i % 2 == 0 { 0.0 } else { 0.7 };
            let activation_bits = [32, 8, 5, 2][i % 4];
            let settings = Settings { sparsity, activation_bits, ..grid };
            let model = packed(&network, &params, &settings).model;
            for form in [Form::Packed, Form::Sparse, Form::Deflate] {
                let read =
                    artifact::decode(&artifact::encode(&model, form, "")).unwrap_or_else(|e| panic!("{name}, {form:?}: {e}: {settings:?}"));
                let (x, n) = (inputs(&network, 3, 5), 3);
                let got = Runner::new(&read.model).expect(name).run(&x, n).to_vec();
                assert_eq!(got, Runner::new(&model).expect(name).run(&x, n).to_vec(), "{name}, {form:?}: {settings:?}");
                if form == Form::Packed {
                    assert_eq!(read.model, model, "{name}: {settings:?}");
                }
            }
            let read = artifact::decode(&artifact::encode(&model, Form::Masked, "")).expect("floats").model;
            for (a, b) in read.layers.iter().zip(&model.layers) {
                assert_eq!(a.weights.as_ref().map(|w| w.to_f32()), b.weights.as_ref().map(|w| w.to_f32()), "{name}: {settings:?}");
            }
        }
    }
}

/// Whatever a byte of a file is changed to, reading it is an error or a model that runs.
#[test]
fn damaged_grids_are_errors() {
    let network = Network::new(&[dense(3)], &Shape(vec![70])).expect("a network");
    let params = params(&network, 21);
    let (mut errors, mut sound) = (0, 0);
    for (i, grid) in grids().into_iter().enumerate() {
        let settings = Settings { activation_bits: [32, 4][i % 2], ..grid };
        let good = artifact::encode(&packed(&network, &params, &settings).model, Form::Packed, "");
        for at in (10..good.len()).take(60) {
            for value in [0, 1, 16, 19, 32, 64, 96, 127, 128, 255] {
                let mut bad = good.clone();
                bad[at] = value;
                seal(&mut bad);
                match artifact::decode(&bad) {
                    Err(_) => errors += 1,
                    Ok(read) => {
                        sound += 1;
                        let x = vec![0.5; read.model.input.len()];
                        Runner::new(&read.model).expect("what is read runs").run(&x, 1);
                    }
                }
            }
        }
    }
    assert!(errors > 1000 && sound > 1000, "{errors} errors, {sound} models");
}

/// Puts the checksum right.
fn seal(file: &mut [u8]) {
    let mut crc = !0_u32;
    for byte in &file[10..] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    file[6..10].copy_from_slice(&(!crc).to_le_bytes());
}

#[test]
fn files_are_as_long_as_their_weights_are_wide() {
    let network = Network::new(&[dense(40)], &Shape(vec![256])).expect("a network");
    let params = params(&network, 1);
    let base = artifact::encode(&packed(&network, &params, &settings(0.0, "global-magnitude", 8)).model, Form::Packed, "").len();
    let len = |format, granularity, affine| {
        let settings = Settings { format, granularity, affine, ..settings(0.0, "global-magnitude", 32) };
        artifact::encode(&packed(&network, &params, &settings).model, Form::Packed, "").len() as i64 - base as i64
    };
    let (weights, scales) = (256 * 40, 4 * 40);
    let [half, brain, e4m3, e5m2] = KINDS.map(|kind| len(Format::Float(kind), Granularity::Channel, false));
    // Lengths take a byte more or less.
    let near = |got: i64, want: i64| assert!((got - want).abs() <= 4, "{got} bytes more and not {want}");
    near(half, weights - scales);
    near(brain, weights - scales);
    near(e4m3, 0);
    near(e5m2, 0);
    near(len(Format::Int(7), Granularity::Channel, false), -weights / 8);
    near(len(Format::Int(8), Granularity::Group(64), false), 3 * scales);
    near(len(Format::Int(8), Granularity::Group(32), true), 7 * scales + 8 * 40);
}

#[test]
fn kernels_are_named_by_what_they_run_on() {
    let network = Network::new(&[dense(40)], &Shape(vec![256])).expect("a network");
    let params = params(&network, 1);
    let name = |format, granularity, affine, activation_bits| {
        let settings = Settings { format, granularity, affine, activation_bits, ..settings(0.0, "global-magnitude", 32) };
        packed(&network, &params, &settings).kernels[0].clone()
    };
    let [half, brain, e4m3, e5m2] = KINDS.map(|kind| name(Format::Float(kind), Granularity::Group(32), true, 8));
    assert_eq!([half, brain, e4m3, e5m2], ["f16", "bf16", "fp8 e4m3", "fp8 e5m2"]);
    assert_eq!(name(Format::Int(7), Granularity::Channel, false, 32), "int7");
    assert_eq!(name(Format::Int(4), Granularity::Group(64), false, 4), "int4 g64 × int8");
    assert_eq!(name(Format::Int(4), Granularity::Group(64), true, 32), "int4 g64 affine");
    assert_eq!(name(Format::Int(1), Granularity::Tensor, true, 32), "int1", "a sign has no zero point");
    assert_eq!(name(Format::Int(8), Granularity::Tensor, true, 8), "int8 affine × int8");
}

/// Every rule of both catalogues gives a model that runs, by the samples it is given and no others.
#[test]
fn every_rule_gives_a_model_that_answers() {
    for (name, network) in all() {
        let params = params(&network, 12);
        let (x, samples) = (inputs(&network, 50, 14), inputs(&network, 256, 13));
        let exact = Runner::new(&PackedModel::dense(&network, &params)).expect(name).run(&x, 50).to_vec();
        for range in ranges::CATALOG.entries {
            for rule in calibration::CATALOG.entries {
                let settings = Settings {
                    range: Pick::new(range.key),
                    calibration: Pick::new(rule.key),
                    activation_bits: 8,
                    samples: 64,
                    ..settings(0.0, "global-magnitude", 8)
                };
                let small = |samples: &[f32]| compress(&network, &params, None, &settings, &Calibration::of(samples)).expect(name);
                let got = Runner::new(&small(&samples).model).expect(name).run(&x, 50).to_vec();
                let size = exact.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
                let error = exact.iter().zip(&got).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
                // So few values as here are no distribution, and this rule clips them hard.
                let most = if rule.key == "entropy" { 0.3 } else { 0.1 };
                assert!(error < most * size, "{name}, {}, {}: relative error {}", range.key, rule.key, (error / size).sqrt());
                assert_eq!(small(&samples).model, small(&samples[..64 * network.input().len()]).model, "{name}, {}", rule.key);
                assert!(
                    small(&samples)
                        .model
                        .layers
                        .iter()
                        .all(|l| l.weights.is_none() || matches!(l.op, Op::Depthwise(_)) || l.activation.is_some())
                );
                // Without samples there is a grid, too.
                Runner::new(&small(&[]).model).expect(name).run(&x, 50);
            }
        }
    }
}
