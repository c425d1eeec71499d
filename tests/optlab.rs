//! Range test and loss surface against PyTorch and NumPy (`tests/fixtures/optlab/make.py` made the reference, in float64).

use serde::Deserialize;
use whittle::engine::{
    catalog::Pick,
    data::{Samples, Task},
    landscape::{Plane, normalize},
    losses::{self, Target},
    network::{Network, Tape},
    optimizers,
    rng::Rng,
    schedules,
    shape::Shape,
    train::{RangeTest, Rules, Score, Settings, Sweep, Trainer},
};

#[derive(Deserialize)]
struct Reference {
    x: Vec<f32>,
    classes: Vec<u32>,
    first: Vec<f32>,
    range_test: Test,
    path: Vec<Vec<f32>>,
    raw: [Vec<f32>; 2],
    normalized: [Vec<f64>; 2],
    random_losses: Vec<f64>,
    principal: [Vec<f64>; 2],
    shares: [f64; 2],
    places: Vec<f64>,
    edges: [Vec<f64>; 2],
    path_losses: Vec<f64>,
}

#[derive(Deserialize)]
struct Test {
    steps: usize,
    from: f64,
    to: f64,
    losses: Vec<f64>,
    smoothed: Vec<f64>,
    steepest: f64,
    tenth: f64,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("fixtures/optlab/reference.json")).unwrap()
}

fn network() -> Network {
    let picks = [Pick::new("dense").with("units", 6.0), Pick::new("tanh"), Pick::new("dense").with("units", 3.0)];
    Network::new(&picks, &Shape(vec![3])).unwrap()
}

fn close(got: f64, wanted: f64, tolerance: f64) {
    assert!((got - wanted).abs() <= tolerance * (1.0 + wanted.abs()), "{got} instead of {wanted}");
}

#[test]
fn a_range_test_goes_as_pytorchs_does() {
    let Reference { x, classes, first, range_test: wanted, .. } = reference();
    let (loss, values) = losses::CATALOG.resolve(&Pick::new("cross-entropy")).unwrap();
    let loss = (loss.build)(&values);
    let (optimizer, values) = optimizers::CATALOG.resolve(&Pick::new("sgd")).unwrap();
    let optimizer = (optimizer.build)(&values);
    let schedule = |key: &str| {
        let (schedule, values) = schedules::CATALOG.resolve(&Pick::new(key)).unwrap();
        (schedule.build)(&values)
    };
    let data = Samples { len: classes.len(), inputs: x, classes, values: Vec::new() };
    // Neither schedule nor warm-up may have a part in it.
    let rules = Rules { loss, optimizer, optimizer_key: "sgd".into(), schedule: schedule("cosine") };
    let settings = Settings { lr: 0.5, batch: data.len, epochs: 20.0, warmup: 3.0, l1: 0.0, l2: 0.0, max_norm: 0.0 };
    let names = ["a", "b", "c"].map(String::from).to_vec();
    let trainer = Trainer::new(network(), first, Task::Classes(names), settings, rules, 1);
    let sweep = Sweep { from: wanted.from, to: wanted.to, steps: wanted.steps };
    let mut test = RangeTest::new(trainer, schedule("constant"), sweep);
    while !test.advance(&data) {}
    assert_eq!((test.points().len(), test.share()), (wanted.losses.len(), 1.0), "it stops at the same step");
    assert!(wanted.losses.len() < wanted.steps, "the loss explodes");
    assert!(wanted.losses.len() > 65, "most of it is where roundings stay small");
    for (i, point) in test.points().iter().enumerate() {
        // Steps that are long throw roundings far apart.
        let tolerance = if point.rate < 3.0 { 1e-5 } else { 0.05 };
        close(point.loss, wanted.losses[i], tolerance);
        close(point.smoothed, wanted.smoothed[i], tolerance);
    }
    let found = test.suggestion().unwrap();
    close(found.steepest / wanted.steepest, 1.0, 1e-9);
    close(found.tenth / wanted.tenth, 1.0, 1e-9);
}

/// Losses of all samples at the points of a plane.
fn losses_of(plane: &Plane, edges: [&[f64]; 2], reference: &Reference) -> Vec<f64> {
    let (network, middle) = (network(), reference.path.last().unwrap());
    let (entry, values) = losses::CATALOG.resolve(&Pick::new("cross-entropy")).unwrap();
    let loss = (entry.build)(&values);
    let (mut params, mut tape, mut out, mut losses) = (Vec::new(), Tape::default(), vec![0.0; reference.classes.len() * 3], Vec::new());
    for b in edges[1] {
        for a in edges[0] {
            plane.point(middle, [*a, *b], &mut params);
            let output = network.forward(&params, &reference.x, reference.classes.len(), false, &mut Rng::new(0, 0), &mut tape);
            losses.push(f64::from(loss.eval(output, Target::Classes(&reference.classes), 3, &mut out)));
        }
    }
    losses
}

#[test]
fn random_directions_are_normalized_and_the_grid_is_numpys() {
    let reference = reference();
    let mut directions = reference.raw.clone();
    for (direction, wanted) in directions.iter_mut().zip(&reference.normalized) {
        normalize(&network(), reference.path.last().unwrap(), direction);
        direction.iter().zip(wanted).for_each(|(d, w)| close(f64::from(*d), *w, 1e-6));
    }
    let plane = Plane { directions, shares: [0.0; 2] };
    let edge = [-1.0, -0.5, 0.0, 0.5, 1.0];
    let losses = losses_of(&plane, [&edge, &edge], &reference);
    losses.iter().zip(&reference.random_losses).for_each(|(l, w)| close(*l, *w, 2e-6));
    assert_eq!(losses.len(), 25);
}

#[test]
fn the_plane_of_a_path_is_that_of_its_principal_components() {
    let reference = reference();
    let path: Vec<&[f32]> = reference.path.iter().map(|p| &p[..]).collect();
    let plane = Plane::of_path(&network(), &path).unwrap();
    for i in 0..2 {
        close(plane.shares[i], reference.shares[i], 1e-9);
        plane.directions[i].iter().zip(&reference.principal[i]).for_each(|(d, w)| close(f64::from(*d), *w, 1e-6));
    }
    for (point, wanted) in path.iter().zip(reference.places.chunks_exact(2)) {
        let place = plane.place(path[path.len() - 1], point);
        close(place[0], wanted[0], 1e-6);
        close(place[1], wanted[1], 1e-6);
    }
    let losses = losses_of(&plane, [&reference.edges[0], &reference.edges[1]], &reference);
    losses.iter().zip(&reference.path_losses).for_each(|(l, w)| close(*l, *w, 2e-6));
    assert_eq!(losses.len(), 25);
}

/// Where batches are normalized, and some of all numbers are held at zero, looks at a mini-batch leave running statistics to what the first one saw.
#[test]
fn lbfgs_leaves_running_statistics_alone() {
    let Reference { x, classes, .. } = reference();
    let data = Samples { len: classes.len(), inputs: x, classes, values: Vec::new() };
    let step = |key: &str, count: usize| {
        let picks =
            [Pick::new("dense").with("units", 6.0), Pick::new("batchnorm"), Pick::new("tanh"), Pick::new("dense").with("units", 3.0)];
        let network = Network::new(&picks, &Shape(vec![3])).unwrap();
        let params: Vec<f32> = (0..network.params()).map(|i| 0.5 + 0.3 * (i as f32).sin()).collect();
        let (loss, values) = losses::CATALOG.resolve(&Pick::new("cross-entropy")).unwrap();
        let loss = (loss.build)(&values);
        let (optimizer, values) = optimizers::CATALOG.resolve(&Pick::new(key)).unwrap();
        let (schedule, none) = schedules::CATALOG.resolve(&Pick::new("constant")).unwrap();
        let (optimizer, schedule) = ((optimizer.build)(&values), (schedule.build)(&none));
        let rules = Rules { loss, optimizer, optimizer_key: key.into(), schedule };
        let settings = Settings { lr: 1.0, batch: data.len, epochs: 20.0, warmup: 0.0, l1: 0.0, l2: 0.01, max_norm: 0.0 };
        let names = ["a", "b", "c"].map(String::from).to_vec();
        let mut trainer = Trainer::new(network, params, Task::Classes(names), settings, rules, 1);
        trainer.hold((0..trainer.params.len()).map(|i| f32::from(u8::from(i % 3 != 0))).collect());
        let reports: Vec<f32> = (0..count).map(|_| trainer.step(&data, &mut Score::default()).loss).collect();
        let statistics: Vec<f32> = trainer.network.statistics().flat_map(|span| trainer.params[span].to_vec()).collect();
        (statistics, reports)
    };
    assert_eq!(step("lbfgs", 1).0, step("sgd", 1).0);
    let losses = step("lbfgs", 15).1;
    assert!(losses[14] < 0.5 * losses[0], "it learns: {losses:?}");
}

#[derive(Deserialize)]
struct Walk {
    x: Vec<f32>,
    classes: Vec<u32>,
    lr: f64,
    first: Vec<f32>,
    steps: Vec<WalkStep>,
}

#[derive(Deserialize)]
struct WalkStep {
    loss: f64,
    outputs: [Vec<f64>; 3],
    gradients: [Vec<f64>; 3],
    gradient: Vec<f64>,
    params: Vec<f64>,
    memory: Vec<f64>,
}

fn near(got: &[f32], wanted: &[f64]) {
    assert_eq!(got.len(), wanted.len());
    got.iter().zip(wanted).for_each(|(got, wanted)| close(f64::from(*got), *wanted, 2e-6));
}

#[test]
fn a_step_on_one_sample_has_pytorchs_numbers_all_the_way() {
    let Walk { x, classes, lr, first, steps } = serde_json::from_str(include_str!("fixtures/watch/reference.json")).unwrap();
    let picks = [Pick::new("dense").with("units", 4.0), Pick::new("tanh"), Pick::new("dense").with("units", 3.0)];
    let network = Network::new(&picks, &Shape(vec![2])).unwrap();
    let (loss, loss_values) = losses::CATALOG.resolve(&Pick::new("cross-entropy")).unwrap();
    let (rule, rule_values) = optimizers::CATALOG.resolve(&Pick::new("momentum")).unwrap();
    let (constant, values) = schedules::CATALOG.resolve(&Pick::new("constant")).unwrap();
    let rules = Rules {
        loss: (loss.build)(&loss_values),
        optimizer: (rule.build)(&rule_values),
        optimizer_key: "momentum".into(),
        schedule: (constant.build)(&values),
    };
    let settings = Settings { lr, batch: 2, epochs: 10.0, warmup: 0.0, l1: 0.0, l2: 0.0, max_norm: 0.0 };
    let task = Task::Classes(["a", "b", "c"].map(String::from).to_vec());
    let mut trainer = Trainer::new(network, first, task, settings, rules, 1);
    let data = Samples { len: 2, inputs: x.clone(), classes, ..Samples::default() };
    for (at, wanted) in steps.iter().enumerate() {
        let seen = trainer.watch(&data, at);
        assert_eq!((&seen.input[..], seen.looks), (&x[at * 2..at * 2 + 2], 1));
        close(f64::from(seen.report.loss), wanted.loss, 2e-6);
        for (i, layer) in seen.layers.iter().enumerate() {
            near(&layer.output, &wanted.outputs[i]);
            near(&layer.gradient, &wanted.gradients[i]);
        }
        assert_eq!(seen.layers[1].input, seen.layers[0].output);
        near(&seen.loss_gradient, &wanted.gradient);
        near(&seen.gradient, &wanted.gradient);
        near(&trainer.params, &wanted.params);
        near(&trainer.memory()[0], &wanted.memory);
    }
}
