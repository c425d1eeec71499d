//! Quantization-aware training against PyTorch (`fixtures/qat/make.py` made the figures), against what compression packs, and for what it is worth.

use serde::Deserialize;
use whittle::engine::{
    catalog::Pick,
    compress::{self, Calibration, compress},
    data::{Samples, Task},
    inference::Runner,
    initializers, losses,
    network::Network,
    optimizers,
    packed::Values,
    quantization::{
        Format, Granularity, Scheme, ValueRange,
        fake::{Input, WeightGrid},
        quantize,
        ranges::Range,
    },
    rng::Rng,
    schedules,
    shape::Shape,
    train::{Rounding, Rules, Score, Settings, Trainer, argmax},
};

#[derive(Deserialize)]
struct Reference {
    weights: Vec<Weights>,
    ranges: Vec<Ranges>,
    runs: Vec<Run>,
}

/// What `fixtures/lsq/make.py` made: the paper's quantizer, and runs in which it learns.
#[derive(Deserialize)]
struct Learned {
    weights: Vec<LearnedWeights>,
    runs: Vec<LearnedRun>,
}

#[derive(Deserialize)]
struct LearnedWeights {
    bits: u32,
    per_channel: bool,
    weight: Vec<f32>,
    first: Vec<f32>,
    steps: Vec<f32>,
    rounded: Vec<f32>,
    dy: Vec<f32>,
    dweight: Vec<f32>,
    dsteps: Vec<f32>,
}

#[derive(Deserialize)]
struct LearnedRun {
    bits: u32,
    per_channel: bool,
    optimizer: String,
    lr: f64,
    x: Vec<f32>,
    classes: Vec<u32>,
    before: Vec<f32>,
    losses: Vec<f32>,
    after: Vec<f32>,
    steps: Vec<f32>,
}

fn learned() -> Learned {
    serde_json::from_str(include_str!("fixtures/lsq/reference.json")).expect("the fixture")
}

fn by_steps(bits: u32, per_channel: bool) -> Scheme {
    Scheme { range: Range::Learned, ..Scheme::symmetric(bits, Granularity::channel(per_channel)) }
}

#[derive(Deserialize)]
struct Weights {
    bits: u32,
    per_channel: bool,
    inputs: usize,
    units: usize,
    weight: Vec<f32>,
    scales: Vec<f32>,
    rounded: Vec<f32>,
    passes: Vec<f32>,
}

#[derive(Deserialize)]
struct Ranges {
    batches: Vec<Batch>,
    scale: f32,
    zero: i32,
    x: Vec<f32>,
    rounded: Vec<f32>,
    dy: Vec<f32>,
    dx: Vec<f32>,
}

#[derive(Deserialize)]
struct Batch {
    x: Vec<f32>,
    min: f32,
    max: f32,
}

#[derive(Deserialize)]
struct Run {
    bits: u32,
    per_channel: bool,
    activations: bool,
    optimizer: String,
    lr: f64,
    x: Vec<f32>,
    classes: Vec<u32>,
    before: Vec<f32>,
    losses: Vec<f32>,
    after: Vec<f32>,
    ranges: Vec<[f32; 2]>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("fixtures/qat/reference.json")).expect("the fixture")
}

/// The largest difference, relative to the largest value.
fn error(got: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(got.len(), wanted.len());
    let largest = wanted.iter().fold(1e-12_f32, |m, w| m.max(w.abs()));
    let off = got.iter().zip(wanted).map(|(g, w)| (g - w).abs());
    off.fold(0.0_f32, |m, d| if d.is_nan() { f32::INFINITY } else { m.max(d) }) / largest
}

#[test]
fn weights_are_rounded_and_clipped_as_by_pytorch() {
    let cases = reference().weights;
    for case in &cases {
        let (mut rounded, mut passes) = (vec![f32::NAN; case.weight.len()], vec![f32::NAN; case.weight.len()]);
        let size = (case.inputs, case.units);
        let scheme = Scheme::symmetric(case.bits, Granularity::channel(case.per_channel));
        WeightGrid::default().round(&case.weight, size, &scheme, &mut rounded, &mut passes);
        let name = format!("{} bits, per channel {}", case.bits, case.per_channel);
        let stored = quantize(&case.weight, size, &scheme);
        let Values::Int { scales, .. } = &stored.values else { panic!("{name}: floats") };
        assert!(error(scales, &case.scales) < 1e-6, "{name}: steps {scales:?}");
        assert!(error(&rounded, &case.rounded) < 1e-6, "{name}");
        assert_eq!(passes, case.passes, "{name}");
    }
    assert!(cases.iter().any(|c| c.passes.contains(&0.0)), "some weights are clipped");
}

#[test]
fn ranges_follow_as_in_pytorch_and_round_alike() {
    for case in reference().ranges {
        let mut range = ValueRange::NOTHING;
        for batch in &case.batches {
            let mut seen = ValueRange::NOTHING;
            seen.include(&batch.x);
            range.follow(seen);
            assert!(error(&[range.min, range.max], &[batch.min, batch.max]) < 1e-6, "{range:?} for {} to {}", batch.min, batch.max);
        }
        let scale = range.scale(8).expect("a range");
        assert!((scale.scale - case.scale).abs() < 1e-6 * case.scale && scale.zero == case.zero, "{scale:?}");
        let mut input = Input::default();
        input.scale = Some(scale);
        input.fit(case.x.len());
        assert!(error(input.forward(&case.x, false), &case.rounded) < 1e-6);
        let mut dx = case.dy.clone();
        input.backward(&case.x, &mut dx);
        assert_eq!(dx, case.dx);
        assert!(dx.contains(&0.0) && dx != vec![0.0; dx.len()]);
    }
}

fn dense(units: usize) -> Pick {
    Pick::new("dense").with("units", units as f64)
}

fn build(picks: &[Pick], input: &[usize]) -> Network {
    Network::new(picks, &Shape(input.to_vec())).expect("a network")
}

fn schedule(key: &str) -> Box<dyn schedules::Schedule> {
    schedules::CATALOG.resolve(&Pick::new(key)).map(|(e, v)| (e.build)(&v)).expect("a schedule")
}

/// A trainer of `network` on three classes.
fn trainer(network: Network, params: Vec<f32>, (optimizer, lr, batch): (&str, f64, usize)) -> Trainer {
    let rules = Rules {
        loss: losses::CATALOG.resolve(&Pick::new("cross-entropy")).map(|(e, v)| (e.build)(&v)).expect("a loss"),
        optimizer: optimizers::CATALOG.resolve(&Pick::new(optimizer)).map(|(e, v)| (e.build)(&v)).expect("an optimizer"),
        optimizer_key: optimizer.into(),
        schedule: schedule("constant"),
    };
    let settings = Settings { lr, batch, epochs: 100.0, warmup: 0.0, l1: 0.0, l2: 0.0, max_norm: 0.0 };
    let names = (0..network.output().len()).map(|i| i.to_string()).collect();
    Trainer::new(network, params, Task::Classes(names), settings, rules, 7)
}

fn first(network: &Network, seed: u64) -> Vec<f32> {
    let (he, values) = initializers::CATALOG.resolve(&Pick::new("he")).expect("an initializer");
    network.init((he.build)(&values).as_ref(), &mut Rng::new(seed, 0))
}

#[test]
fn runs_are_those_of_pytorch() {
    for case in reference().runs {
        let name = format!("{} bits, per channel {}, activations {}", case.bits, case.per_channel, case.activations);
        let data = Samples { len: case.classes.len(), inputs: case.x, classes: case.classes, values: Vec::new() };
        let network = build(&[dense(10), Pick::new("relu"), dense(3)], &[6]);
        let mut trainer = trainer(network, case.before, (&case.optimizer, case.lr, data.len));
        let rounding = Rounding::plain(case.bits, case.per_channel, case.activations);
        trainer.fake_quantize(Some((rounding, 0.0)));
        let losses: Vec<f32> = case.losses.iter().map(|_| trainer.step(&data, &mut Score::default()).loss).collect();
        // As the golden runs; 20 steps of them.
        let (off, end) = (error(&losses, &case.losses), error(&trainer.params, &case.after));
        assert!(off < 5e-6 && end < 5e-6, "{name}: losses off by {off:e}, weights by {end:e}");
        let learnt = [trainer.ranges()[0], trainer.ranges()[2]].map(|r| [r.min, r.max]);
        for (got, wanted) in learnt.iter().zip(&case.ranges) {
            assert!(error(got, wanted) < 5e-6, "{name}: {got:?} instead of {wanted:?}");
        }
    }
}

#[test]
fn learned_steps_round_and_slope_as_in_the_paper() {
    let mut clipped = 0;
    for case in learned().weights {
        let (size, scheme, name) = ((9, 7), by_steps(case.bits, case.per_channel), format!("{} bits, {}", case.bits, case.per_channel));
        let mut buffers = [(); 3].map(|()| vec![f32::NAN; case.weight.len()]);
        let mut round = |steps: &mut [f32]| {
            let [rounded, passes, slopes] = &mut buffers;
            WeightGrid::default().round_learned(&case.weight, size, &scheme, steps, [rounded, passes, slopes]);
            buffers.clone()
        };
        let mut first = vec![0.0; case.first.len()];
        round(&mut first);
        assert!(error(&first, &case.first) < 1e-6, "{name}: begins at {first:?}");
        let [rounded, passes, slopes] = round(&mut case.steps.clone());
        assert!(error(&rounded, &case.rounded) < 1e-6, "{name}");
        let dweight: Vec<f32> = case.dy.iter().zip(&passes).map(|(dy, passes)| dy * passes).collect();
        assert!(error(&dweight, &case.dweight) < 1e-6, "{name}");
        let share = |n: usize| 1.0 / (n as f32 * (2_f32.powi(case.bits as i32 - 1) - 1.0)).sqrt();
        let mut dsteps = vec![0.0; case.steps.len()];
        for (at, (dy, slope)) in case.dy.iter().zip(&slopes).enumerate() {
            dsteps[if case.per_channel { at % 7 } else { 0 }] += dy * slope * share(if case.per_channel { 9 } else { 63 });
        }
        assert!(error(&dsteps, &case.dsteps) < 1e-5, "{name}: {dsteps:?} instead of {:?}", case.dsteps);
        clipped += usize::from(passes.contains(&0.0));
    }
    assert!(clipped >= 3, "weights are clipped in some");
}

#[test]
fn runs_with_learned_steps_are_those_of_pytorch() {
    for case in learned().runs {
        let name = format!("{} bits, per channel {}, {}", case.bits, case.per_channel, case.optimizer);
        let data = Samples { len: case.classes.len(), inputs: case.x, classes: case.classes, values: Vec::new() };
        let network = build(&[dense(10), Pick::new("relu"), dense(3)], &[6]);
        let mut trainer = trainer(network, case.before, (&case.optimizer, case.lr, data.len));
        let rounding = Rounding { weights: by_steps(case.bits, case.per_channel), activation_bits: 32 };
        trainer.fake_quantize(Some((rounding, 0.0)));
        let losses: Vec<f32> = case.losses.iter().map(|_| trainer.step(&data, &mut Score::default()).loss).collect();
        let (off, end, steps) =
            (error(&losses, &case.losses), error(&trainer.params, &case.after), error(trainer.step_sizes(), &case.steps));
        assert!(off < 1e-5 && end < 1e-5 && steps < 1e-5, "{name}: losses off by {off:e}, weights by {end:e}, steps by {steps:e}");
    }
}

/// A new optimizer remembers nothing of step sizes, another grid begins with sizes of its own, and floats have none.
#[test]
fn learned_steps_belong_to_their_grid() {
    let data = samples(5, 50);
    let [(_, network), _] = networks();
    let params = first(&network, 3);
    let mut trainer = trainer(network, params, ("adam", 0.01, 20));
    let rounding = |bits| Some((Rounding { weights: by_steps(bits, true), activation_bits: 32 }, 0.0));
    trainer.fake_quantize(rounding(3));
    (0..5).for_each(|_| {
        trainer.step(&data, &mut Score::default());
    });
    let moment = trainer.snapshot().step_sizes;
    assert_eq!((moment.sizes.len(), moment.memory.step, moment.memory.memory.len()), (24 + 16 + 3, 5, 2));
    trainer.fake_quantize(rounding(3));
    assert_eq!(trainer.snapshot().step_sizes, moment, "the same again changes nothing");
    trainer.set_optimizer("sgd", optimizers::CATALOG.resolve(&Pick::new("sgd")).map(|(e, v)| (e.build)(&v)).expect("an optimizer"));
    trainer.step(&data, &mut Score::default());
    assert!(trainer.snapshot().step_sizes.memory.memory.is_empty() && trainer.step_sizes() != moment.sizes);
    trainer.fake_quantize(rounding(2));
    assert!(trainer.step_sizes().is_empty(), "of another grid");
    trainer.step(&data, &mut Score::default());
    assert!(trainer.step_sizes().iter().all(|size| *size > 0.0));
    trainer.fake_quantize(None);
    trainer.step(&data, &mut Score::default());
    assert!(trainer.step_sizes().is_empty());
}

/// Random samples of three classes that bent lines divide.
fn samples(inputs: usize, n: usize) -> Samples {
    let mut rng = Rng::new(11, 0);
    let mut data = Samples { len: n, ..Samples::default() };
    for _ in 0..n {
        let row: Vec<f32> = (0..inputs).map(|_| rng.range(-1.0, 1.0)).collect();
        let height = row[0] * row[1] + 0.3 * row[inputs - 1];
        data.classes.push(u32::from(height > -0.15) + u32::from(height > 0.15));
        data.inputs.extend(row);
    }
    data
}

/// Every kind of layer with weights.
fn networks() -> [(&'static str, Network); 2] {
    let conv = |filters: f64| Pick::new("conv2d").with("filters", filters);
    let relu = || Pick::new("relu");
    let cnn =
        [conv(5.0), relu(), Pick::new("maxpool"), Pick::new("depthwise"), conv(6.0).with("stride", 2.0), relu(), Pick::new("flatten")];
    [
        ("mlp", build(&[dense(24), Pick::new("tanh"), Pick::new("dropout"), dense(16), relu(), dense(3)], &[5])),
        ("cnn", build(&[&cnn[..], &[dense(3)]].concat(), &[8, 7, 2])),
    ]
}

fn roundings() -> Vec<Rounding> {
    let all = [1, 2, 3, 4, 5, 7, 8].into_iter().flat_map(|bits| [false, true].map(|per_channel| (bits, per_channel)));
    let mut all: Vec<_> =
        all.flat_map(|(bits, per_channel)| [false, true].map(|activations| Rounding::plain(bits, per_channel, activations))).collect();
    let scheme = |bits, granularity, affine, range| Scheme { bits, granularity, affine, range };
    for (weights, activation_bits) in [
        (scheme(4, Granularity::Group(32), false, Range::Auto), 32),
        (scheme(3, Granularity::Group(32), true, Range::LeastSquares), 8),
        (scheme(4, Granularity::Tensor, true, Range::MinMax), 8),
        (scheme(8, Granularity::Channel, true, Range::Auto), 32),
        (scheme(2, Granularity::Channel, false, Range::AbsMean), 4),
        (scheme(3, Granularity::Channel, false, Range::Percentile(0.9)), 32),
        (scheme(2, Granularity::Channel, false, Range::Learned), 32),
        (scheme(4, Granularity::Tensor, false, Range::Learned), 8),
        (scheme(8, Granularity::Channel, false, Range::Learned), 4),
    ] {
        all.push(Rounding { weights, activation_bits });
    }
    all
}

fn settings(rounding: Rounding, trainer: &Trainer) -> compress::Settings {
    compress::Settings {
        format: Format::Int(rounding.weights.bits),
        granularity: rounding.weights.granularity,
        affine: rounding.weights.affine,
        range: match rounding.weights.range {
            Range::Auto => Pick::new("auto"),
            Range::MinMax => Pick::new("minmax"),
            Range::LeastSquares => Pick::new("mse"),
            Range::Percentile(share) => Pick::new("percentile").with("share", f64::from(share) * 100.0),
            Range::AbsMean => Pick::new("absmean"),
            Range::Share(_) => unreachable!("a share is set by hand, after training"),
            // The range is not looked at.
            Range::Learned => Pick::new("auto"),
        },
        activation_bits: rounding.activation_bits,
        ranges: trainer.ranges().to_vec(),
        step_sizes: rounding.learns().then(|| trainer.step_sizes().to_vec()),
        ..compress::Settings::default()
    }
}

#[test]
fn what_is_packed_is_what_was_trained() {
    for (name, _) in networks() {
        for rounding in roundings() {
            let network = networks().into_iter().find(|(other, _)| *other == name).expect("it is there").1;
            let data = samples(network.input().len(), 60);
            let params = first(&network, 3);
            let mut trainer = trainer(network, params, ("adam", 0.01, 20));
            // Pruned weights, too.
            trainer.hold((0..trainer.params.len()).map(|i| f32::from(u8::from(i % 5 != 0))).collect());
            trainer.fake_quantize(Some((rounding, 0.0)));
            (0..12).for_each(|_| {
                trainer.step(&data, &mut Score::default());
            });
            let packed = compress(&trainer.network, &trainer.params, None, &settings(rounding, &trainer), &Calibration::of(&data.inputs))
                .expect("packed");
            let mut sizes = trainer.step_sizes();
            for (node, layer) in trainer.network.nodes().iter().zip(&packed.model.layers) {
                let Some(weights) = &layer.weights else { continue };
                let (mut rounded, mut passes) = (vec![f32::NAN; weights.len()], vec![f32::NAN; weights.len()]);
                let latent = &trainer.params[node.span.start..node.span.start + weights.len()];
                let size = (weights.inputs, weights.units);
                let (known, others) = sizes.split_at(rounding.weights.learned(size.1));
                sizes = others;
                let mut slopes = rounded.clone();
                match known.to_vec() {
                    none if none.is_empty() => WeightGrid::default().round(latent, size, &rounding.weights, &mut rounded, &mut passes),
                    mut known => {
                        let to = [&mut rounded[..], &mut passes[..], &mut slopes[..]];
                        WeightGrid::default().round_learned(latent, size, &rounding.weights, &mut known, to);
                    }
                }
                assert_eq!(rounded, weights.to_f32(), "{name}, {rounding:?}: to the bit");
            }
            let mut runner = Runner::new(&packed.model).expect("it runs");
            let packed = runner.run(&data.inputs, data.len).to_vec();
            let seen = trainer.evaluate(&data.inputs, data.len, data.len).to_vec();
            let off = error(&packed, &seen);
            // A sum that is rounded otherwise may fall on the other side between two 8-bit steps of the next layer.
            let bound = if rounding.activations() { 0.02 } else { 1e-5 };
            assert!(off < bound, "{name}, {rounding:?}: outputs off by {off:e}");
            let close = packed.iter().zip(&seen).filter(|(p, s)| (*p - *s).abs() < 1e-4).count();
            assert!(close * 10 >= packed.len() * 9, "{name}, {rounding:?}: {close} of {} agree closely", packed.len());
            let floats = trainer
                .network
                .forward(&trainer.params, &data.inputs, data.len, false, &mut Rng::new(0, 0), &mut Default::default())
                .to_vec();
            assert!(error(&packed, &floats) > 10.0 * off.max(1e-6) || rounding.weights.bits == 8, "{name}, {rounding:?}: rounding is felt");
        }
    }
}

/// Layers with bits of their own are rounded in training as they are stored, and those of 32 bits are not.
#[test]
fn single_layers_have_their_own_bits_in_training() {
    let data = samples(5, 60);
    for activations in [false, true] {
        let [(_, network), _] = networks();
        let params = first(&network, 3);
        let mut trainer = trainer(network, params, ("adam", 0.01, 20));
        let rounding = Rounding::plain(2, true, activations);
        trainer.fake_widths(vec![3, 32]);
        trainer.fake_quantize(Some((rounding, 0.0)));
        (0..12).for_each(|_| {
            trainer.step(&data, &mut Score::default());
        });
        let settings = compress::Settings { widths: vec![3, 32], ..settings(rounding, &trainer) };
        let small = compress(&trainer.network, &trainer.params, None, &settings, &Calibration::of(&data.inputs)).expect("packed").model;
        let weighted: Vec<_> = small.layers.iter().filter_map(|l| Some((l.weights.as_ref()?.bits(), l.activation.is_some()))).collect();
        assert_eq!(weighted, [(3, activations), (32, false), (2, activations)]);
        let packed = Runner::new(&small).expect("it runs").run(&data.inputs, data.len).to_vec();
        let off = error(&packed, trainer.evaluate(&data.inputs, data.len, data.len));
        assert!(off < if activations { 0.02 } else { 1e-5 }, "activations {activations}: outputs off by {off:e}");
    }
}

/// Share of `data` that `model` gets right.
fn accuracy(model: &mut Runner, data: &Samples) -> f32 {
    let outputs = model.run(&data.inputs, data.len);
    let right = outputs.chunks_exact(3).zip(&data.classes).filter(|(row, class)| argmax(row) == **class as usize).count();
    right as f32 / data.len as f32
}

#[test]
fn few_bits_lose_less_when_training_knows_of_them() {
    /// Trained on as many seeds.
    const RUNS: u64 = 4;
    let data = samples(2, 400);
    for (bits, activations) in [(3, false), (2, false), (2, true), (1, true)] {
        // Share of samples that the packed models get wrong.
        let wrong = |aware: bool| {
            let one = |seed: u64| {
                let network = build(&[dense(12), Pick::new("tanh"), dense(12), Pick::new("tanh"), dense(3)], &[2]);
                let params = first(&network, seed);
                let mut trainer = trainer(network, params, ("adam", 0.01, 20));
                trainer.settings.epochs = 60.0;
                trainer.rules.schedule = schedule("cosine");
                let rounding = Rounding::plain(bits, false, activations);
                trainer.fake_quantize(aware.then_some((rounding, 20.0)));
                (0..60 * 20).for_each(|_| {
                    trainer.step(&data, &mut Score::default());
                });
                let small =
                    compress(&trainer.network, &trainer.params, None, &settings(rounding, &trainer), &Calibration::of(&data.inputs))
                        .expect("packed");
                1.0 - accuracy(&mut Runner::new(&small.model).expect("it runs"), &data)
            };
            (1..=RUNS).map(one).sum::<f32>() / RUNS as f32
        };
        let (after, aware) = (wrong(false), wrong(true));
        println!("{bits} bits, 8-bit activations {activations}: {after} wrong rounded after training, {aware} rounded in training");
        assert!(aware < 0.5 * after, "{bits} bits, 8-bit activations {activations}: {aware} against {after}");
    }
}

#[test]
fn held_weights_stay_zero_and_runs_resume_to_the_bit() {
    for rounding in roundings() {
        for (name, network) in networks() {
            let data = samples(network.input().len(), 50);
            let make = |network: Network| {
                let params = first(&network, 3);
                let mut trainer = trainer(network, params, ("adam", 0.01, 20));
                // From the second epoch on: the moment that is kept lies behind it.
                trainer.fake_quantize(Some((rounding, 1.0)));
                trainer
            };
            let again = || build(&network.nodes().iter().map(|n| n.pick.clone()).collect::<Vec<_>>(), &network.input().0);
            let mut whole = make(again());
            whole.hold((0..whole.params.len()).map(|i| f32::from(u8::from(i % 3 != 0))).collect());
            let go = |trainer: &mut Trainer, steps: usize| -> Vec<f32> {
                (0..steps).map(|_| trainer.step(&data, &mut Score::default()).loss).collect()
            };
            go(&mut whole, 7);
            let moment = whole.snapshot();
            assert_eq!(moment.ranges.len(), network.nodes().len());
            let rest = go(&mut whole, 8);
            let mut other = make(again());
            other.restore(&moment).expect("its own");
            assert_eq!(go(&mut other, 8), rest, "{name}, {rounding:?}");
            assert_eq!((&other.params, other.ranges()), (&whole.params, whole.ranges()), "{name}, {rounding:?}");
            assert_eq!(other.snapshot().step_sizes, whole.snapshot().step_sizes, "{name}, {rounding:?}");
            assert_eq!(rounding.learns(), moment.step_sizes.sizes != whole.step_sizes(), "{name}, {rounding:?}: step sizes move");
            assert!(whole.params.iter().zip(whole.held()).all(|(p, k)| *k == 1.0 || *p == 0.0), "{name}, {rounding:?}");
            let mut foreign = moment.clone();
            foreign.ranges.pop();
            assert!(other.restore(&foreign).is_err());
        }
    }
}

#[test]
fn off_and_not_yet_are_floats_to_the_bit_and_off_again_forgets() {
    let data = samples(5, 50);
    let rounding = Rounding::plain(2, true, true);
    let run = |from: Option<f64>| {
        let [(_, network), _] = networks();
        let params = first(&network, 3);
        let mut trainer = trainer(network, params, ("adam", 0.01, 20));
        trainer.fake_quantize(from.map(|from| (rounding, from)));
        let losses: Vec<f32> = (0..9).map(|_| trainer.step(&data, &mut Score::default()).loss).collect();
        (losses, trainer)
    };
    let ((floats, _), (later, _), (second, mut trainer)) = (run(None), run(Some(3.0)), run(Some(1.0)));
    assert_eq!(floats, later);
    assert_eq!(floats[..3], second[..3]);
    assert!(floats[3..].iter().zip(&second[3..]).all(|(a, b)| a != b), "it acts from its epoch on");
    assert!(trainer.rounding(data.len).is_some() && trainer.ranges().iter().any(|r| r.is_known()));
    trainer.fake_quantize(None);
    assert!(trainer.rounding(data.len).is_none() && trainer.ranges().is_empty());
    // From here it trains as one that never rounded.
    let mut plain = run(None).1;
    plain.restore(&trainer.snapshot()).expect("its own");
    for _ in 0..5 {
        assert_eq!(trainer.step(&data, &mut Score::default()).loss, plain.step(&data, &mut Score::default()).loss);
    }
}
