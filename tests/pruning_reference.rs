//! Pruning against what PyTorch chooses and against the papers' formulas (`fixtures/pruning`).

use serde_json::Value;
use whittle::engine::{
    catalog::Pick,
    compress::{Calibration, Labels},
    data::{Samples, Task},
    losses::{self, Loss, Target},
    network::Network,
    optimizers,
    pruning::{Choice, Evidence, Mask, criteria::movement, regrow::regrow},
    schedules,
    shape::Shape,
    train::{Rules, Score, Settings, Trainer},
};

fn fixture() -> Value {
    serde_json::from_str(include_str!("fixtures/pruning/reference.json")).expect("a fixture")
}

fn floats(value: &Value) -> Vec<f32> {
    value.as_array().expect("numbers").iter().map(|v| v.as_f64().expect("a number") as f32).collect()
}

fn whole(value: &Value) -> Vec<usize> {
    value.as_array().expect("numbers").iter().map(|v| v.as_u64().expect("a whole number") as usize).collect()
}

/// The fixture's first `layers` linear layers with ReLUs between, and their parameters.
fn network(fixture: &Value, layers: usize) -> (Network, Vec<f32>) {
    let sizes = whole(&fixture["sizes"]);
    let (mut picks, mut params) = (Vec::new(), Vec::new());
    for i in 0..layers {
        picks.extend([Pick::new("dense").with("units", sizes[i + 1] as f64), Pick::new("relu")]);
        params.extend(floats(&fixture["weights"][i]));
        params.extend(floats(&fixture["biases"][i]));
    }
    picks.pop();
    (Network::new(&picks, &Shape(vec![sizes[0]])).expect("a network"), params)
}

struct Data {
    inputs: Vec<f32>,
    classes: Vec<u32>,
    loss: Box<dyn Loss>,
}

impl Data {
    fn of(fixture: &Value) -> Self {
        let (entry, values) = losses::CATALOG.resolve(&Pick::new("cross-entropy")).expect("known");
        let classes = whole(&fixture["classes"]).iter().map(|c| *c as u32).collect();
        Self { inputs: floats(&fixture["inputs"]), classes, loss: (entry.build)(&values) }
    }

    fn calibration(&self) -> Calibration<'_> {
        let labels = Labels { target: Target::Classes(&self.classes), loss: self.loss.as_ref() };
        Calibration { labels: Some(labels), ..Calibration::of(&self.inputs) }
    }
}

fn share(case: &Value) -> f64 {
    case["sparsity"].as_f64().expect("a share")
}

fn close(got: &[f32], want: &[f32], what: &str) {
    let largest = want.iter().fold(0.0f32, |m, w| m.max(w.abs()));
    for (g, w) in got.iter().zip(want) {
        assert!((g - w).abs() <= 1e-5 * largest, "{what}: {g} and not {w}, of {largest}");
    }
    assert_eq!(got.len(), want.len());
}

#[test]
fn gradients_are_those_of_pytorch() {
    let (fixture, data) = (fixture(), Data::of(&fixture()));
    let (network, params) = network(&fixture, 3);
    let calibration = data.calibration();
    let evidence = Evidence::new(&network, &params, &calibration);
    let gradient = evidence.gradient().expect("labels");
    for ((layer, _, span), want) in network.weights().zip(fixture["gradients"].as_array().expect("layers")) {
        close(&gradient[span], &floats(want), &format!("layer {layer}"));
    }
}

#[test]
fn single_weights_and_blocks_are_chosen_as_there() {
    let (fixture, data) = (fixture(), Data::of(&fixture()));
    for case in fixture["single"].as_array().expect("cases") {
        let wanted = case["masks"].as_array().expect("masks");
        let (network, params) = network(&fixture, wanted.len());
        let word = |key: &str| Pick::new(case[key].as_str().expect("a key"));
        let (scope, criterion) = (word("pruner"), word("criterion"));
        let calibration = data.calibration();
        let evidence = Evidence::new(&network, &params, &calibration);
        let pruned = Choice { scope: &scope, criterion: &criterion }.prune(&evidence, share(case)).expect("it can be pruned");
        for ((layer, _, span), want) in network.weights().zip(wanted) {
            let want: Vec<bool> = floats(want).iter().map(|m| *m != 0.0).collect();
            assert_eq!(&pruned.mask.flags()[span], want, "{} {} {}, layer {layer}", scope.key, criterion.key, share(case));
        }
    }
}

#[test]
fn units_are_chosen_as_there() {
    let (fixture, data) = (fixture(), Data::of(&fixture()));
    let (network, params) = network(&fixture, 2);
    let calibration = data.calibration();
    let evidence = Evidence::new(&network, &params, &calibration);
    for case in fixture["units"].as_array().expect("cases") {
        let (scope, criterion) = (Pick::new("units"), Pick::new(case["criterion"].as_str().expect("a key")));
        let pruned = Choice { scope: &scope, criterion: &criterion }.prune(&evidence, share(case)).expect("it can be pruned");
        assert_eq!(pruned.removed[0], whole(&case["removed"]), "{} {}", criterion.key, share(case));
    }
}

#[test]
fn as_many_go_at_random_as_there() {
    let fixture = fixture();
    let criterion = Pick::new("random");
    for case in fixture["counts"].as_array().expect("cases") {
        let count = |key: &str| case[key].as_u64().expect("a count") as usize;
        let (network, params) = network(&fixture, 3);
        let evidence = Evidence::of_weights(&network, &params);
        let prune = |scope: &str, evidence: &Evidence<'_>| {
            Choice { scope: &Pick::new(scope), criterion: &criterion }.prune(evidence, share(case)).expect("it can be pruned")
        };
        let gone = prune("global", &evidence).mask.flags().iter().filter(|k| !**k).count();
        assert_eq!(gone, count("weights"), "{}", share(case));
        let (network, params) = self::network(&fixture, 2);
        assert_eq!(prune("units", &Evidence::of_weights(&network, &params)).removed[0].len(), count("units"), "{}", share(case));
    }
}

#[test]
fn movement_adds_up_as_there() {
    let (fixture, data) = (fixture(), Data::of(&fixture()));
    let wanted = &fixture["movement"];
    let (network, params) = network(&fixture, 3);
    let (optimizer, values) = optimizers::CATALOG.resolve(&Pick::new("sgd")).expect("known");
    let (schedule, none) = schedules::CATALOG.resolve(&Pick::new("constant")).expect("known");
    let samples = Samples { len: data.classes.len(), inputs: data.inputs, classes: data.classes, values: Vec::new() };
    let rules =
        Rules { loss: data.loss, optimizer: (optimizer.build)(&values), optimizer_key: "sgd".into(), schedule: (schedule.build)(&none) };
    let lr = wanted["rate"].as_f64().expect("a rate");
    let settings = Settings { lr, batch: samples.len, epochs: 10.0, warmup: 0.0, l1: 0.0, l2: 0.0, max_norm: 0.0 };
    let task = Task::Classes((0..5).map(|c| c.to_string()).collect());
    let mut trainer = Trainer::new(network, params, task, settings, rules, 1);
    trainer.take_note(Some(movement::note));
    for _ in 0..wanted["steps"].as_u64().expect("a count") {
        trainer.step(&samples, &mut Score::default());
    }
    for ((layer, _, span), want) in trainer.network.weights().zip(wanted["sums"].as_array().expect("layers")) {
        close(&trainer.noted()[span], &floats(want), &format!("layer {layer}"));
    }
}

#[test]
fn a_mask_moves_as_there() {
    let (fixture, data) = (fixture(), Data::of(&fixture()));
    let wanted = &fixture["regrow"];
    let (network, mut params) = network(&fixture, 3);
    let read = |key: &str| {
        let mut mask = Mask::all(network.params());
        for ((_, _, span), flags) in network.weights().zip(wanted[key].as_array().expect("masks")) {
            span.zip(floats(flags)).for_each(|(at, keep)| mask.set(at, keep != 0.0));
        }
        mask
    };
    let before = read("before");
    before.apply(&mut params);
    let calibration = data.calibration();
    let turnover = wanted["turnover"].as_f64().expect("a share");
    let after = regrow(&Evidence::new(&network, &params, &calibration), &before, turnover).expect("labels");
    assert!(after == read("after") && after != before);
}
