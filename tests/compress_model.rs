//! Compression as a whole: what runs is what was asked for.

mod compress_support;

use compress_support::{forward, inputs, networks, params, settings};
use whittle::engine::{
    artifact::{self, Form},
    catalog::Pick,
    compress::{Calibration, Compressed, Settings, compress},
    inference::Runner,
    layers::Op,
    packed::{PackedModel, Skips, Values},
    pruning::{self, Manual},
    quantization::{Format, Granularity},
};

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn the_float_model_is_the_network_to_the_bit_at_every_batch_size() {
    for (name, network) in networks() {
        let params = params(&network, 1);
        let mut runner = Runner::new(&PackedModel::dense(&network, &params)).expect(name);
        for batch in [0, 1, 2, 7, 64, 130] {
            let x = inputs(&network, batch, 2);
            assert_eq!(runner.run(&x, batch), forward(&network, &params, &x, batch), "{name}, batch {batch}");
        }
    }
}

#[test]
fn unstructured_sparsity_is_reached_to_the_weight() {
    for (name, network) in networks() {
        let params = params(&network, 3);
        let total: usize = network.weights().map(|(_, _, span)| span.len()).sum();
        for (pruner, criterion) in [("global", "magnitude"), ("layer", "magnitude"), ("global", "random"), ("layer", "random")] {
            for sparsity in [0.0, 0.1, 0.5, 0.9, 0.99] {
                let settings = Settings { criterion: Pick::new(criterion), ..settings(sparsity, pruner, 32) };
                let small = compress(&network, &params, None, &settings, &Calibration::default()).expect(name);
                let zeros = (small.sparsity * total as f32).round() as i64;
                let wanted = (sparsity * total as f64).round() as i64;
                assert!((zeros - wanted).abs() <= 1, "{name}, {pruner} {sparsity}: {zeros} of {total} zero, {wanted} wanted");
            }
        }
    }
}

/// 2:4 and 1:4 are skipped by a kernel of their own, in memory and when the model is read from its file; one weight too many, or whole-number weights, and
/// they are not.
#[test]
fn groups_of_four_run_on_their_kernel() {
    for (name, network) in networks() {
        let params = params(&network, 3);
        let small = |sparsity, bits, manual: Option<&Manual>| {
            compress(&network, &params, manual, &settings(sparsity, "n-m", bits), &Calibration::default()).expect(name)
        };
        // Of a layer with fewer than three inputs nothing has to go.
        let wide: Vec<usize> = network
            .weights()
            .filter(|(layer, ..)| matches!(network.nodes()[*layer].layer.op(), Op::Dense { inputs: 3.., .. } | Op::Conv2d(_)))
            .map(|(layer, ..)| layer)
            .collect();
        let kernels = |of: &Compressed| wide.iter().map(|layer| of.kernels[*layer].clone()).collect::<Vec<_>>();
        for (sparsity, bits, kernel) in [(0.0, 32, "f32"), (0.25, 32, "f32"), (0.5, 32, "2:4 f32"), (0.75, 32, "1:4 f32"), (0.5, 8, "int8")]
        {
            let small = small(sparsity, bits, None);
            assert_eq!(kernels(&small), vec![kernel; wide.len()], "{name}, {sparsity}, {bits} bits");
            for form in [Form::Packed, Form::Sparse, Form::Deflate] {
                assert_eq!(artifact::decode(&artifact::encode(&small.model, form, "")).expect(name).model, small.model, "{name}, {form:?}");
            }
        }
        // More than three in four never goes.
        assert_eq!(small(0.99, 32, None).model, small(0.75, 32, None).model, "{name}");
        let half = small(0.5, 32, None);
        let Some((layer, weights)) = wide.first().map(|layer| (*layer, half.model.layers[*layer].weights.as_ref().expect(name))) else {
            continue;
        };
        assert_eq!(weights.multiplied(), 2 * weights.inputs.div_ceil(4) * weights.units, "{name}");
        let mut manual = Manual::default();
        (0..3).for_each(|from| assert!(manual.set(&network, layer, from, 0, true), "{name}"));
        assert_eq!(small(0.5, 32, Some(&manual)).kernels[layer], "f32", "{name}: three of the first four");
    }
}

/// Removing units whose weights and constants are all zero changes nothing; nor does removing any unit whose incoming weights are
/// zero, where its constant can be folded exactly.
#[test]
fn removing_silent_units_leaves_the_function_unchanged() {
    for (name, network) in networks() {
        for zero_bias in [true, false] {
            let mut params = params(&network, 4);
            // Silence every third unit of each hidden layer: incoming weights only, or the bias too.
            let last = network.weights().map(|(layer, ..)| layer).max();
            let mut silenced = 0;
            for (layer, node) in network.nodes().iter().enumerate() {
                // Filters that read one channel each go with it, and are no units of their own.
                let alone = matches!(node.layer.op(), Op::Depthwise(_));
                // Those of coupled layers stay, as do the channels that layer normalization reads.
                let coupled = node.pick.key == "layernorm" || pruning::coupled(&network).iter().any(|(coupled, _)| *coupled == layer);
                if node.tensors.is_empty() || Some(layer) == last || alone || coupled {
                    continue;
                }
                let (weight, bias) = (node.tensors[0].1.clone(), node.tensors[1].1.clone());
                let units = bias.len();
                for unit in (0..units).step_by(3).take(units - 1) {
                    silenced += 1;
                    weight.clone().skip(unit).step_by(units).for_each(|at| params[at] = 0.0);
                    if zero_bias {
                        params[bias.start + unit] = 0.0;
                    }
                }
            }
            let small = compress(&network, &params, None, &settings(0.0, "units", 32), &Calibration::default()).expect(name);
            assert_eq!(small.units_removed, 0);
            if small.units == 0 {
                continue;
            }
            let share = silenced as f64 / small.units as f64;
            let small = compress(&network, &params, None, &settings(share.min(0.99), "units", 32), &Calibration::default()).expect(name);
            assert_eq!(small.units_removed, silenced as u64, "{name}");
            let x = inputs(&network, 9, 5);
            let got = Runner::new(&small.model).expect(name).run(&x, 9).to_vec();
            let exact = small.notes.iter().all(|n| !n.contains("approximation"));
            assert!(exact || (name == "cnn same" && !zero_bias), "{name}: {:?}", small.notes);
            if exact {
                let difference = largest_difference(&got, &forward(&network, &params, &x, 9));
                assert!(difference < 1e-4, "{name}, bias zero {zero_bias}: outputs differ by {difference}");
            }
        }
    }
}

/// The mask that training applies and the shrunk model that is stored compute the same.
#[test]
fn a_masked_network_and_its_shrunk_form_agree() {
    use whittle::engine::pruning::{Choice, Evidence};
    let (scope, criterion) = (Pick::new("units"), Pick::new("in-out"));
    let choice = Choice { scope: &scope, criterion: &criterion };
    for (name, network) in networks() {
        let mut params = params(&network, 6);
        let pruned = choice.prune(&Evidence::of_weights(&network, &params), 0.6).expect(name);
        pruned.mask.apply(&mut params);
        let settings = Settings { criterion: criterion.clone(), ..settings(0.6, "units", 32) };
        let small = compress(&network, &params, None, &settings, &Calibration::default()).expect(name);
        assert_eq!((&small.removed, &small.kept), (&pruned.removed, &pruned.mask), "{name}");
        let x = inputs(&network, 3, 7);
        let got = Runner::new(&small.model).expect(name).run(&x, 3).to_vec();
        let difference = largest_difference(&got, &forward(&network, &params, &x, 3));
        assert!(difference < 1e-4, "{name}: outputs differ by {difference}");
    }
}

#[test]
fn units_keep_one_per_layer_and_spare_the_output() {
    for (name, network) in networks() {
        let params = params(&network, 8);
        let small = compress(&network, &params, None, &settings(0.99, "units", 32), &Calibration::default()).expect(name);
        let last = network.nodes().len() - 1;
        assert!(small.removed[last].is_empty(), "{name}");
        assert_eq!(small.model.outputs(), network.output().len(), "{name}");
        for layer in small.model.layers.iter().filter_map(|l| l.weights.as_ref()) {
            assert!(layer.units >= 1, "{name}");
        }
    }
}

#[test]
fn fewer_bits_mean_more_error() {
    for (name, network) in networks() {
        let params = params(&network, 9);
        for per_channel in [false, true] {
            let mut before = 0.0;
            for bits in [32, 8, 6, 5, 4, 3, 2, 1] {
                let settings = Settings { granularity: Granularity::channel(per_channel), ..settings(0.0, "global", bits) };
                let small = compress(&network, &params, None, &settings, &Calibration::default()).expect(name);
                let error: f32 = small.weight_error.iter().sum();
                assert!(error >= before, "{name}: {bits} bits have error {error}, more bits had {before}");
                before = error;
            }
        }
    }
}

/// Whatever the kernels do with packed weights, it is what a float network with the dequantized weights does.
#[test]
fn packed_kernels_compute_what_the_dequantized_weights_say() {
    for (name, network) in networks() {
        let params = params(&network, 10);
        for pruner in ["global", "units", "n-m"] {
            for sparsity in [0.0, 0.5, 0.9] {
                for bits in [32, 8, 6, 5, 4, 3, 2, 1] {
                    let small = compress(&network, &params, None, &settings(sparsity, pruner, bits), &Calibration::default()).expect(name);
                    let mut plain = small.model.clone();
                    for layer in &mut plain.layers {
                        if let Some(w) = &mut layer.weights {
                            (w.values, w.skips) = (Values::F32(w.to_f32()), Skips::Nothing);
                        }
                    }
                    for batch in [1, 3, 70] {
                        let x = inputs(&network, batch, 11);
                        let got = Runner::new(&small.model).expect(name).run(&x, batch).to_vec();
                        let want = Runner::new(&plain).expect(name).run(&x, batch).to_vec();
                        let size = want.iter().fold(1.0_f32, |m, v| m.max(v.abs()));
                        let difference = largest_difference(&got, &want) / size;
                        assert!(difference < 2e-5, "{name}, {pruner} {sparsity}, {bits} bits, batch {batch}: {difference}");
                    }
                }
            }
        }
    }
}

/// Eight-bit activations stay near the float activations, and the batch makes no difference.
#[test]
fn integer_activations_follow_the_float_ones() {
    for (name, network) in networks() {
        let params = params(&network, 12);
        let calibration = inputs(&network, 256, 13);
        let x = inputs(&network, 50, 14);
        for (sparsity, kernels) in [(0.0, "int8 × int8"), (0.98, "sparse int8 × int8")] {
            let with = |activation_bits| {
                let settings = Settings { activation_bits, ..settings(sparsity, "layer", 8) };
                compress(&network, &params, None, &settings, &Calibration::of(&calibration)).expect(name)
            };
            let small = with(8);
            if sparsity == 0.0 {
                for (layer, kernel) in small.model.layers.iter().zip(&small.kernels).filter(|(l, _)| l.weights.is_some()) {
                    let wanted = if matches!(layer.op, Op::Depthwise(_)) { "f32" } else { kernels };
                    assert_eq!(kernel, wanted, "{name}: {:?}", small.kernels);
                }
                let noted = small.notes.iter().filter(|n| n.contains("no integer kernel")).count();
                assert_eq!(noted, small.kernels.iter().filter(|k| *k == "f32").count(), "{name}: {:?}", small.notes);
            } else if name == "mlp" {
                assert!(small.kernels.iter().any(|k| k == kernels), "{name}: {:?}", small.kernels);
            }
            let mut runner = Runner::new(&small.model).expect(name);
            let got = runner.run(&x, 50).to_vec();
            let want = Runner::new(&with(32).model).expect(name).run(&x, 50).to_vec();
            let spread = want.iter().fold(0.1_f32, |m, v| m.max(v.abs()));
            assert!(largest_difference(&got, &want) < 0.12 * spread, "{name}: {}", largest_difference(&got, &want) / spread);
            let outputs = network.output().len();
            for i in [0, 7, 49] {
                let one = runner.run(&x[i * network.input().len()..(i + 1) * network.input().len()], 1).to_vec();
                assert_eq!(one, got[i * outputs..(i + 1) * outputs], "{name}, sample {i}");
            }
        }
    }
}

#[test]
fn edits_by_hand_override_the_pruner() {
    let (_, network) = networks().remove(2);
    let params = params(&network, 15);
    let mut manual = Manual::default();
    assert!(manual.set(&network, 0, 1, 2, false));
    assert!(!manual.set(&network, 0, 13, 0, false), "there is no input 13");
    assert!(!manual.set(&network, 1, 0, 0, false), "an activation has no weights");
    let small = compress(&network, &params, Some(&manual), &settings(0.0, "global", 32), &Calibration::default()).expect("valid");
    let weights = small.model.layers[0].weights.as_ref().expect("dense").to_f32();
    assert_eq!(weights.iter().position(|w| *w == 0.0), Some(17 + 2));
    // Revived: the weakest weight of all survives.
    let (weakest, _) = params[..13 * 17].iter().enumerate().min_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).expect("weights");
    assert!(manual.set(&network, 0, weakest / 17, weakest % 17, true));
    let small = compress(&network, &params, Some(&manual), &settings(0.9, "global", 32), &Calibration::default()).expect("valid");
    assert_eq!(small.model.layers[0].weights.as_ref().expect("dense").to_f32()[weakest], params[weakest]);
}

#[test]
fn bad_settings_name_their_field() {
    let (_, network) = networks().remove(2);
    let good = params(&network, 16);
    let mut bad = good.clone();
    bad[3] = f32::NAN;
    let base = settings(0.5, "global", 8);
    let cases = [
        (Settings { sparsity: 1.5, ..base.clone() }, &good, "prune"),
        (Settings { sparsity: f64::NAN, ..base.clone() }, &good, "prune"),
        (Settings { format: Format::Int(9), ..base.clone() }, &good, "bits"),
        (Settings { activation_bits: 1, ..base.clone() }, &good, "act"),
        (Settings { activation_bits: 16, ..base.clone() }, &good, "act"),
        (Settings { granularity: Granularity::Group(7), ..base.clone() }, &good, "scale"),
        (Settings { samples: 0, ..base.clone() }, &good, "samples"),
        (Settings { range: Pick::new("no such"), ..base.clone() }, &good, "range"),
        (Settings { calibration: Pick::new("no such"), format: Format::Int(8), activation_bits: 8, ..base.clone() }, &good, "calib"),
        (Settings { pruner: Pick::new("no such"), ..base.clone() }, &good, "pruner"),
        (Settings { criterion: Pick::new("no such"), ..base.clone() }, &good, "criterion"),
        (Settings { criterion: Pick::new("fpgm"), ..base.clone() }, &good, "criterion"),
        (base, &bad, "prune"),
    ];
    for (settings, params, field) in cases {
        let error = compress(&network, params, None, &settings, &Calibration::default()).expect_err(field);
        assert_eq!(error.field(), field, "{error}");
    }
}

/// A removed filter takes the depthwise filter that reads it along; what stays computes the same.
#[test]
fn depthwise_filters_go_with_their_channel() {
    let (_, network) = networks().into_iter().find(|(name, _)| *name == "separable").expect("a network");
    let params = params(&network, 21);
    let small = compress(&network, &params, None, &settings(0.5, "units", 32), &Calibration::default()).expect("small");
    assert!(small.removed[0].len() > 1 && small.removed[2].is_empty(), "{:?}", small.removed);
    let left = |layer: usize| small.model.layers[layer].weights.as_ref().map_or((0, 0), |w| (w.inputs, w.units));
    assert_eq!(left(2), (9, left(0).1), "as many depthwise filters as channels");
    assert_eq!(left(4).0, left(0).1, "and the 1×1 convolution reads those");
    assert_eq!(small.units, 6 + 7, "filters of the mixing convolutions alone can go");
    // Stored in few bits, its weights are those bits, computed as floats.
    let four = compress(&network, &params, None, &settings(0.0, "units", 4), &Calibration::default()).expect("small");
    assert_eq!(four.model.layers[2].weights.as_ref().map(|w| w.bits()), Some(4));
    assert_eq!(four.kernels[2], "f32");
}
