//! The model file: what was written is what is read, and nothing else is believed.

mod compress_support;

use std::collections::BTreeSet;

use compress_support::{attentive, dense, exits, inputs, networks, normalized, params, recurrent, settings};
use whittle::engine::{
    activations,
    artifact::{self, ArtifactError, FORMS, Form},
    catalog::Pick,
    compress::{Calibration, Settings, compress},
    inference::Runner,
    layers::{self, Conv2dShape, Op},
    network::Network,
    packed::PackedModel,
    quantization::{Format, Granularity},
    rng::Rng,
    shape::Shape,
};
use whittle::kernels::small_floats::Kind;

const META: &str = r#"{"classes":["null","één"],"scale":[0.5]}"#;

/// Networks with layers that those of every shape do not have.
fn others() -> Vec<(&'static str, Network)> {
    let bent = activations::CATALOG.entries.iter().flat_map(|entry| [dense(5), Pick::new(entry.key)]).chain([dense(3)]);
    let bent = Network::new(&bent.collect::<Vec<_>>(), &Shape(vec![6])).expect("every activation");
    [normalized(), recurrent(), attentive(), exits(), vec![("every activation", bent)]].into_iter().flatten().collect()
}

/// A few ways to make each of [`others`] small: baseline and optimized model.
fn other_models() -> Vec<(String, PackedModel, PackedModel)> {
    let mut models = Vec::new();
    for (name, network) in others() {
        let params = params(&network, 31);
        let calibration = inputs(&network, 16, 32);
        let (float, int) = (Settings::default(), |bits: u32| settings(0.0, "global", bits));
        for (how, settings) in [
            ("floats", float),
            ("half of them pruned", settings(0.5, "global", 32)),
            ("units pruned, 8 bits, activations too", Settings { activation_bits: 8, ..settings(0.5, "units", 8) }),
            ("4 bits in groups", Settings { granularity: Granularity::Group(32), affine: true, ..int(4) }),
            ("a codebook", Settings { format: Format::Codebook(3), ..int(32) }),
            ("small floats", Settings { format: Format::Float(Kind::E4m3), ..int(32) }),
        ] {
            let small = compress(&network, &params, None, &settings, &Calibration::of(&calibration)).expect(name);
            models.push((format!("{name}, {how}"), PackedModel::dense(&network, &params), small.model));
        }
    }
    models
}

#[test]
fn every_layer_is_in_a_file_here() {
    let written = networks().into_iter().chain(others());
    let there: BTreeSet<String> =
        written.flat_map(|(_, n)| n.nodes().iter().map(|node| node.pick.key.clone()).collect::<Vec<_>>()).collect();
    let layers = layers::CATALOG.entries.iter().map(|e| e.key);
    let all: BTreeSet<String> = layers.chain(activations::CATALOG.entries.iter().map(|e| e.key)).map(String::from).collect();
    let missing: Vec<_> = all.difference(&there).collect();
    assert!(missing.is_empty(), "no file here has {missing:?}: put each into a network of compress_support");
}

/// Every kind of network, pruner and width: baseline and optimized model.
fn models() -> Vec<(String, PackedModel, PackedModel)> {
    let mut models = Vec::new();
    for (name, network) in networks() {
        let params = params(&network, 21);
        let calibration = inputs(&network, 16, 22);
        for (pruner, sparsity) in [("global", 0.0), ("global", 0.95), ("units", 0.5)] {
            for (bits, per_channel, activation_bits) in
                [(32, true, 32), (8, true, 8), (6, false, 32), (5, true, 8), (4, true, 32), (3, false, 8), (2, true, 32), (1, false, 8)]
            {
                let settings =
                    Settings { granularity: Granularity::channel(per_channel), activation_bits, ..settings(sparsity, pruner, bits) };
                let small = compress(&network, &params, None, &settings, &Calibration::of(&calibration)).expect(name);
                models.push((format!("{name}, {pruner} {sparsity}, {bits} bits"), PackedModel::dense(&network, &params), small.model));
            }
            for (format, granularity) in [
                (Format::Codebook(1), Granularity::Channel),
                (Format::Codebook(3), Granularity::Channel),
                (Format::Codebook(8), Granularity::Channel),
                (Format::Float(Kind::E4m3), Granularity::Channel),
                (Format::Float(Kind::Bf16), Granularity::Channel),
                (Format::Int(4), Granularity::Group(32)),
            ] {
                let affine = matches!(granularity, Granularity::Group(_));
                let settings = Settings { format, granularity, affine, ..settings(sparsity, pruner, 32) };
                let small = compress(&network, &params, None, &settings, &Calibration::of(&calibration)).expect(name);
                models.push((format!("{name}, {pruner} {sparsity}, {format:?}"), PackedModel::dense(&network, &params), small.model));
            }
        }
    }
    models
}

#[test]
fn every_form_gives_back_the_same_model() {
    for (name, _, model) in models().into_iter().chain(other_models()) {
        let tokens = model.layers.iter().find_map(|l| if let Op::Embedding { tokens, .. } = l.op { Some(tokens) } else { None });
        let input = |i: usize| tokens.map_or((i as f32 * 0.37).sin(), |tokens| (i * 7 % tokens) as f32);
        let x: Vec<f32> = (0..3 * model.input.len()).map(input).collect();
        let want = Runner::new(&model).expect("runs").run(&x, 3).to_vec();
        for form in FORMS {
            let read = artifact::decode(&artifact::encode(&model, form, META)).unwrap_or_else(|e| panic!("{name}, {form:?}: {e}"));
            assert_eq!((read.form, read.meta.as_str()), (form, META), "{name}");
            let got = Runner::new(&read.model).expect("runs").run(&x, 3).to_vec();
            let floats = matches!(form, Form::Dense | Form::Masked);
            if floats {
                let plain = model.layers.iter().all(|l| l.activation.is_none());
                let near = got.iter().zip(&want).all(|(a, b)| (a - b).abs() <= 2e-5 * b.abs().max(1.0));
                assert!(!plain || near, "{name}, {form:?}: {got:?} {want:?}");
            } else {
                assert_eq!(got, want, "{name}, {form:?}");
                assert_eq!(
                    read.model.layers.iter().map(|l| l.activation).collect::<Vec<_>>(),
                    model.layers.iter().map(|l| l.activation).collect::<Vec<_>>()
                );
            }
        }
    }
}

#[test]
fn sizes_are_the_lengths_of_the_files() {
    for (name, baseline, model) in models().into_iter().chain(other_models()) {
        let sizes = artifact::sizes(&baseline, &model, META);
        for size in &sizes {
            let of = if size.form == Form::Dense { &baseline } else { &model };
            assert_eq!(size.bytes, artifact::encode(of, size.form, META).len() as u64, "{name}");
            assert!(size.payload < size.bytes, "{name}: {size:?}");
        }
        let best = artifact::best(&sizes);
        let bytes = |form| sizes.iter().find(|s| s.form == form).expect("all forms").bytes;
        assert!(FORMS[1..].iter().all(|f| bytes(best) <= bytes(*f)), "{name}");
    }
}

/// The figures that the page explains: what a weight costs in each form.
#[test]
fn payloads_are_as_many_bits_as_they_say() {
    let (name, network) = networks().remove(2);
    let params = params(&network, 23);
    let weights = 13 * 17 + 17 * 9 + 9 * 4;
    let biases = 4 * (17 + 9 + 4);
    for bits in [8, 6, 5, 4, 3, 2, 1] {
        let small = compress(&network, &params, None, &settings(0.0, "global", bits), &Calibration::default()).expect(name);
        let sizes = artifact::sizes(&PackedModel::dense(&network, &params), &small.model, "");
        let payload = |form: Form| sizes.iter().find(|s| s.form == form).expect("all forms").payload;
        assert_eq!(payload(Form::Dense), 4 * weights + biases);
        assert_eq!(payload(Form::Masked), 4 * weights + biases);
        let packed: u64 = [13 * 17, 17 * 9, 9 * 4].iter().map(|w: &u64| (w * u64::from(bits)).div_ceil(8)).sum();
        assert_eq!(payload(Form::Packed), packed + biases, "{bits} bits");
    }
    let pruned = compress(&network, &params, None, &settings(0.9, "global", 32), &Calibration::default()).expect(name);
    let sizes = artifact::sizes(&PackedModel::dense(&network, &params), &pruned.model, "");
    assert_eq!(sizes[0].bytes, sizes[1].bytes, "a dense file stores zeros too");
    assert_eq!(sizes[3].payload, 4 * (weights - (weights as f64 * 0.9).round() as u64) + biases);
    assert!(sizes[3].bytes < sizes[1].bytes / 3);
}

#[test]
fn damage_is_told_apart() {
    let (_, _, model) = models().into_iter().find(|(name, ..)| name == "one layer, units 0.5, 6 bits").expect("listed");
    let good = artifact::encode(&model, Form::Packed, META);
    assert_eq!(artifact::decode(b"not a model at all"), Err(ArtifactError::NotAModel));
    assert_eq!(artifact::decode(&[]), Err(ArtifactError::NotAModel));
    let mut newer = good.clone();
    newer[4] = 9;
    assert_eq!(artifact::decode(&newer), Err(ArtifactError::Version { found: 9, known: 1 }));
    let mut flipped = good.clone();
    *flipped.last_mut().expect("not empty") ^= 1;
    assert_eq!(artifact::decode(&flipped), Err(ArtifactError::Damaged));
    assert!(artifact::decode(&good[..good.len() - 1]).is_err());
    let mut longer = good;
    longer.push(0);
    seal(&mut longer);
    assert!(matches!(artifact::decode(&longer), Err(ArtifactError::Invalid { .. })));
}

/// Files that are whole and well-formed, and describe what cannot be.
#[test]
fn contradictions_are_refused() {
    let (_, network) = networks().into_iter().find(|(name, _)| *name == "cnn valid").expect("listed");
    let good = PackedModel::dense(&network, &params(&network, 25));
    assert!(artifact::decode(&artifact::encode(&good, Form::Packed, "")).is_ok());
    let with = |layer: usize, change: &dyn Fn(&mut Op)| {
        let mut model = good.clone();
        change(&mut model.layers[layer].op);
        model
    };
    let conv = |change: &'static dyn Fn(&mut Conv2dShape)| {
        with(0, &move |op| {
            if let Op::Conv2d(shape) = op {
                change(shape);
            }
        })
    };
    let mut cases = vec![
        ("output rows beyond the image", conv(&|s| s.output.0 += 1)),
        ("output columns beyond the image", conv(&|s| s.output.1 = 1000)),
        ("padding that no layer makes", conv(&|s| s.padding = 2)),
        ("a kernel larger than the image", conv(&|s| s.kernel = 13)),
        ("a step of 0", conv(&|s| s.stride = 0)),
        ("no filters", conv(&|s| s.filters = 0)),
        ("more filters than the data holds", conv(&|s| s.filters += 1)),
        ("more filters than fit a page", conv(&|s| s.filters = 7_000_000)),
        ("an unknown activation", with(1, &|op| *op = Op::Activation(Pick::new("nonsense")))),
        ("a setting out of range", with(1, &|op| *op = Op::Activation(Pick::new("leaky-relu").with("slope", f64::NAN)))),
        ("a window larger than its image", with(2, &|op| *op = Op::Pool2d { input: (10, 9, 5), size: 11, stride: 1, average: false })),
        ("a convolution on a row", with(1, &|op| *op = Op::Flatten)),
    ];
    let mut empty = good.clone();
    empty.input.0[1] = 0;
    cases.push(("an empty input", empty));
    for (what, model) in cases {
        for form in FORMS {
            assert!(artifact::decode(&artifact::encode(&model, form, "")).is_err(), "{what} was read from {form:?}");
        }
    }
}

/// Changed and cut files, with their checksum made right again so that every check behind it is reached: an error, or a model
/// that runs. Never a panic.
#[test]
fn no_file_makes_the_reader_panic() {
    let mut rng = Rng::new(24, 0);
    let models: Vec<_> = models().into_iter().chain(other_models()).collect();
    let (mut refused, mut read) = (0, 0);
    for (at, (_, _, model)) in models.iter().enumerate() {
        for form in FORMS {
            let good = artifact::encode(model, form, if at % 2 == 0 { "" } else { META });
            for _ in 0..40 {
                let mut bad = good.clone();
                for _ in 0..1 + rng.below(3) {
                    // The structure is at the front: most changes go there.
                    let reach = if rng.below(4) > 0 { bad.len().min(160) } else { bad.len() };
                    let place = rng.below(reach as u32) as usize;
                    match rng.below(4) {
                        0 => bad[place] ^= 1 << rng.below(8),
                        1 => bad[place] = [0, 1, 0x7F, 0x80, 0xFF][rng.below(5) as usize],
                        2 => bad.truncate(place.max(11)),
                        _ => bad.insert(place, rng.below(256) as u8),
                    }
                }
                seal(&mut bad);
                match artifact::decode(&bad) {
                    Err(_) => refused += 1,
                    Ok(decoded) => {
                        read += 1;
                        if decoded.model.layers.iter().all(|l| l.weights.as_ref().is_none_or(|w| w.len() < 20_000))
                            && decoded.model.input.len() < 20_000
                        {
                            let x = vec![0.5; decoded.model.input.len()];
                            let outputs = Runner::new(&decoded.model).expect("activations were checked").run(&x, 1).len();
                            assert_eq!(outputs, decoded.model.outputs());
                        }
                    }
                }
            }
        }
    }
    assert!(refused > 1000 && read > 1000, "{refused} refused, {read} read: the changes test too little");
}

/// Puts the right checksum (CRC-32 of what follows it) into a file.
fn seal(file: &mut [u8]) {
    if file.len() < 10 {
        return;
    }
    let mut crc = !0_u32;
    for byte in &file[10..] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    file[6..10].copy_from_slice(&(!crc).to_le_bytes());
}
