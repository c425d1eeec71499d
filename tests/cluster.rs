//! Weight sharing, and the whole of Deep Compression: prune, cluster, tune, code.

mod compress_support;

use compress_support::{inputs, networks, params};
use serde_json::Value;
use whittle::engine::{
    artifact::{self, Form},
    catalog::Pick,
    compress::Calibration,
    data::{Samples, Task},
    inference::Runner,
    losses,
    network::Network,
    optimizers,
    packed::{PackedModel, Values, Weights},
    quantization::{
        Format,
        codebook::{self, Start},
    },
    recipe::{AtHand, CATALOG, Candidate},
    rng::Rng,
    schedules,
    shape::Shape,
    train::{Rules, Score, Settings, Trainer},
};

const NOTHING: AtHand<'_> = AtHand { calibration: Calibration { inputs: &[], labels: None, held: &[], movement: &[] }, widths: &[] };

/// `fixtures/cluster/make.py` made the figures.
fn fixture() -> Value {
    serde_json::from_str(include_str!("fixtures/cluster/reference.json")).expect("the fixture is JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn floats(value: &Value) -> Vec<f32> {
    list(value).iter().map(|v| v.as_f64().expect("a number") as f32).collect()
}

fn table(weights: &Weights) -> &[f32] {
    match &weights.values {
        Values::Codebook { table, .. } => table,
        other => panic!("{other:?}"),
    }
}

fn begin(candidate: &mut Candidate, pick: &Pick) {
    let (entry, values) = CATALOG.resolve(pick).expect("a step");
    (entry.build)(&values).begin(candidate, &NOTHING).expect("it can be applied");
}

#[test]
fn clusters_are_those_of_the_paper() {
    let mut seen = 0;
    for layer in list(&fixture()["clusters"]) {
        let (name, weights) = (layer["name"].as_str().expect("a name"), floats(&layer["weights"]));
        let kept: Vec<f32> = weights.iter().copied().filter(|w| *w != 0.0).collect();
        for case in list(&layer["cases"]) {
            let bits = case["bits"].as_u64().expect("bits") as u32;
            let start = if case["start"] == "linear" { Start::Linear } else { Start::Density };
            let (wanted, codes) = (floats(&case["values"]), floats(&case["codes"]));
            let most = 1 << bits;
            if kept.len() <= most && !name.starts_with("few") {
                // Of so few weights each keeps its own value, which k-means from there need not give it.
                assert_eq!(codebook::shared(&kept, most, start).len(), kept.len(), "{name}");
                continue;
            }
            let got = codebook::shared(&kept, most, start);
            let name = format!("{name}, {bits} bits, {start:?}");
            if name.starts_with("few values") && bits > 1 {
                assert_eq!(got, [-0.5, 0.25, 0.75], "{name}: three values need no more");
                continue;
            }
            assert_eq!(got.len(), wanted.len(), "{name}");
            for (got, want) in got.iter().zip(&wanted) {
                assert!((got - want).abs() <= 1e-6, "{name}: {got} instead of {want}");
            }
            let ours: Vec<f32> = kept.iter().map(|w| codebook::nearest(&got, *w) as f32).collect();
            assert_eq!(ours, codes, "{name}");
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen}");
}

/// Wherever k-means begins: values are the means of what is nearest to them.
#[test]
fn every_value_is_the_mean_of_its_cluster() {
    let mut rng = Rng::new(5, 0);
    for n in [3, 40, 1000, 20_000] {
        let weights: Vec<f32> = (0..n).map(|_| rng.normal()).collect();
        for bits in [1, 2, 4, 8] {
            for start in [Start::Linear, Start::Density, Start::Random(1), Start::Random(2)] {
                let values = codebook::shared(&weights, 1 << bits, start);
                assert!(values.len() <= 1 << bits && values.windows(2).all(|pair| pair[0] < pair[1]), "{n}, {bits} bits, {start:?}");
                let (mut sums, mut counts) = (vec![0.0; values.len()], vec![0.0; values.len()]);
                for w in &weights {
                    let place = codebook::nearest(&values, *w);
                    let off = |value: f32| (f64::from(value) - f64::from(*w)).abs();
                    assert!(values.iter().all(|other| off(values[place]) <= off(*other)));
                    sums[place] += f64::from(*w);
                    counts[place] += 1.0;
                }
                for ((value, sum), count) in values.iter().zip(&sums).zip(&counts) {
                    assert!((f64::from(*value) - sum / count).abs() < 2e-3, "{n}, {bits} bits, {start:?}: {value} of {count}");
                }
            }
        }
    }
    assert_ne!(codebook::shared(&[0.0, 1.0, 2.0, 5.0, 9.0], 2, Start::Random(1)).len(), 1);
}

/// What is packed is what was shared, zeros stay zeros, and codes have no more bits than they need.
#[test]
fn packed_codes_stand_for_the_nearest_values() {
    let mut rng = Rng::new(6, 0);
    for (inputs, units) in [(1, 1), (3, 5), (17, 9), (64, 33)] {
        for zeros in [0.0, 0.6, 1.0] {
            let values: Vec<f32> = (0..inputs * units).map(|_| if rng.uniform() < zeros { 0.0 } else { rng.normal() }).collect();
            let kept: Vec<f32> = values.iter().copied().filter(|w| *w != 0.0).collect();
            for bits in 1..=8 {
                let packed = codebook::pack(&values, (inputs, units), bits, Start::Linear);
                let name = format!("{inputs}×{units}, {zeros} zeros, {bits} bits");
                let shared = codebook::shared(&kept, codebook::most(bits, kept.len() < values.len()), Start::Linear);
                let wanted: Vec<f32> =
                    values.iter().map(|w| if *w == 0.0 { 0.0 } else { shared[codebook::nearest(&shared, *w)] }).collect();
                assert_eq!(packed.to_f32(), wanted, "{name}");
                let table = table(&packed);
                assert!(table.len() <= 256 && table[1..].iter().all(|v| *v != 0.0), "{name}");
                assert!(packed.bits() <= if kept.len() < values.len() { (bits + 1).min(8) } else { bits }, "{name}: {}", packed.bits());
                assert_eq!(packed.nonzero(), wanted.iter().filter(|w| **w != 0.0).count(), "{name}");
                // What is shared already is stored as it is.
                assert_eq!(codebook::pack(&wanted, (inputs, units), bits, Start::Density).to_f32(), wanted, "{name}");
            }
        }
    }
}

/// The model that is stored computes what the candidate's parameters say, whatever its layers, and each layer has its own few values.
#[test]
fn a_clustered_candidate_is_stored_as_it_is() {
    for (name, network) in networks() {
        let own = params(&network, 7);
        for (bits, share) in [(1.0, 0.0), (3.0, 0.0), (2.0, 0.6), (8.0, 0.5)] {
            let picks: Vec<Pick> = network.nodes().iter().map(|n| n.pick.clone()).collect();
            let copy = Network::new(&picks, network.input()).expect("the same layers");
            let mut candidate = Candidate::new(copy, own.clone(), own.clone());
            begin(&mut candidate, &Pick::new("prune").with("share", share));
            let gone = candidate.params.iter().filter(|p| **p == 0.0).count();
            begin(&mut candidate, &Pick::new("cluster").with("bits", bits));
            assert_eq!(candidate.params.iter().filter(|p| **p == 0.0).count(), gone, "{name}: no more and no fewer zeros");
            let (shared, before) = (candidate.share().is_some(), candidate.params.clone());
            candidate.share();
            assert!(shared && before == candidate.params, "{name}: what is shared stays");
            let small = candidate.pack(&Calibration::default()).expect(name).model;
            let dense = PackedModel::dense(&candidate.network, &candidate.params);
            for (small, dense) in small.layers.iter().zip(&dense.layers) {
                let (Some(small), Some(dense)) = (&small.weights, &dense.weights) else { continue };
                assert_eq!(small.to_f32(), dense.to_f32(), "{name}, {bits} bits");
                assert!(table(small).len() <= (1 << bits as u32) + 1);
            }
            let x = inputs(&network, 5, 8);
            let got = Runner::new(&small).expect(name).run(&x, 5).to_vec();
            let want = Runner::new(&dense).expect(name).run(&x, 5).to_vec();
            for (got, want) in got.iter().zip(&want) {
                assert!((got - want).abs() <= 2e-5 * want.abs().max(1.0), "{name}, {bits} bits: {got} instead of {want}");
            }
        }
    }
}

fn trainer(network: Network, params: Vec<f32>, optimizer: &str, (lr, l2): (f64, f64)) -> Trainer {
    let rules = Rules {
        loss: losses::CATALOG.resolve(&Pick::new("cross-entropy")).map(|(e, v)| (e.build)(&v)).expect("a loss"),
        optimizer: optimizers::CATALOG.resolve(&Pick::new(optimizer)).map(|(e, v)| (e.build)(&v)).expect("an optimizer"),
        optimizer_key: optimizer.into(),
        schedule: schedules::CATALOG.resolve(&Pick::new("constant")).map(|(e, v)| (e.build)(&v)).expect("a schedule"),
    };
    let settings = Settings { lr, batch: 12, epochs: 100.0, warmup: 0.0, l1: 0.0, l2, max_norm: 0.5 };
    Trainer::new(network, params, Task::Classes(vec!["a".into(), "b".into(), "c".into()]), settings, rules, 1)
}

/// Tuning moves the shared values as PyTorch does, where a matrix is its centroids, looked up.
#[test]
fn tuning_adds_up_the_gradients_of_a_cluster() {
    for case in list(&fixture()["tuned"]) {
        let picks = [Pick::new("dense").with("units", 6.0), Pick::new("tanh"), Pick::new("dense").with("units", 3.0)];
        let network = Network::new(&picks, &Shape(vec![4])).expect("a network");
        let copy = Network::new(&picks, &Shape(vec![4])).expect("a network");
        let before = floats(&case["before"]);
        let mut candidate = Candidate::new(network, before.clone(), before);
        candidate.hold(floats(&case["keep"]));
        begin(&mut candidate, &Pick::new("cluster").with("bits", 2.0).with("tune", 1.0));
        let (optimizer, number) = (case["optimizer"].as_str().expect("a name"), |key: &str| case[key].as_f64().expect("a number"));
        let mut tied = candidate.share().expect("it is clustered");
        let mut trainer = trainer(copy, candidate.params.clone(), optimizer, (number("lr"), number("l2")));
        trainer.hold(candidate.keep.clone());
        trainer.bend(Some(Box::new(move |gradient, keep| tied.add_up(gradient, keep))));
        let classes = list(&case["y"]).iter().map(|v| v.as_u64().expect("a class") as u32).collect();
        let data = Samples { len: 12, inputs: floats(&case["x"]), classes, values: Vec::new() };
        for _ in 0..8 {
            trainer.step(&data, &mut Score::default());
        }
        let moved: f32 = trainer.params.iter().zip(&candidate.params).map(|(a, b)| (a - b).abs()).sum();
        assert!(moved > 0.1, "it learns something: {moved}");
        for (got, want) in trainer.params.iter().zip(floats(&case["after"])) {
            assert!((got - want).abs() <= 3e-5, "{optimizer}: {got} instead of {want}");
        }
        // Values that were shared are shared still, to the bit.
        candidate.params.clone_from(&trainer.params);
        candidate.share();
        assert_eq!(candidate.params, trainer.params, "{optimizer}");
    }
}

/// A weight that is pruned while clusters train adds nothing to its cluster's gradient.
#[test]
fn what_is_held_adds_nothing() {
    let network = Network::new(&[Pick::new("dense").with("units", 2.0)], &Shape(vec![2])).expect("a network");
    let params = vec![0.5, 0.5, -1.0, 0.5, 0.0, 0.0];
    let mut candidate = Candidate::new(network, params.clone(), params);
    candidate.storage.format = Format::Codebook(1);
    let mut tied = candidate.share().expect("it is clustered");
    let mut gradient = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
    tied.add_up(&mut gradient, &[]);
    assert_eq!(gradient, [11.0, 11.0, 4.0, 11.0, 16.0, 32.0], "biases are their own");
    let mut gradient = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
    tied.add_up(&mut gradient, &[1.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!([gradient[0], gradient[3]], [9.0, 9.0]);
}

/// Huffman codes of a bell-shaped layer come near to its entropy, and pruned layers are not stored zero by zero.
#[test]
fn what_is_entropy_coded_is_near_the_entropy() {
    let network = Network::new(&[Pick::new("dense").with("units", 100.0)], &Shape(vec![300])).expect("a network");
    let mut rng = Rng::new(9, 0);
    let mut own: Vec<f32> = (0..30_000).map(|_| rng.normal()).collect();
    own.extend(std::iter::repeat_n(0.0, 100));
    for share in [0.0, 0.9] {
        let picks: Vec<Pick> = network.nodes().iter().map(|n| n.pick.clone()).collect();
        let mut candidate = Candidate::new(Network::new(&picks, network.input()).expect("a network"), own.clone(), own.clone());
        begin(&mut candidate, &Pick::new("prune").with("share", share));
        begin(&mut candidate, &Pick::new("cluster").with("bits", 5.0));
        let small = candidate.pack(&Calibration::default()).expect("it fits").model;
        let weights = small.layers[0].weights.as_ref().expect("weights");
        let mut counts = [0.0_f64; 256];
        weights.places().iter().for_each(|place| counts[usize::from(*place)] += 1.0);
        let entropy: f64 = counts.iter().filter(|c| **c > 0.0).map(|c| -c * (c / 30_000.0).log2()).sum::<f64>() / 8.0;
        let size = |form| artifact::encode(&small, form, "").len() as f64;
        // Biases, the table, and what a file begins with.
        let rest = 400.0 + 4.0 * 33.0 + 40.0;
        assert!(size(Form::Deflate) < 1.05 * entropy + rest, "{share}: {} bytes, entropy {entropy}", size(Form::Deflate));
        assert!(size(Form::Deflate) > entropy, "nothing is shorter than that");
        assert!(size(Form::Deflate) < size(Form::Packed).min(size(Form::Sparse)), "{share}");
    }
}
