//! The engine against PyTorch: the same small training runs, 50 steps each (`tests/fixtures/engine/make.py` made them, in float64).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use whittle::engine::{
    activations,
    catalog::{Catalog, Pick},
    data::{Samples, Task},
    layers,
    losses::{self, Target},
    network::{Network, Tape},
    optimizers::{self, State},
    params::ParamSpec,
    rng::Rng,
    schedules::{self, Heard},
    shape::Shape,
    train::{Augment, Average, Controls, Rules, Score, Settings, Trainer},
};
use whittle::experiment::FIELDS;

/// Largest allowed error of a tensor: the largest difference, relative to the tensor's largest value. One f32 rounding is 6e-8.
const TOLERANCE: f64 = 5e-6;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
    fans: Vec<Fans>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    model: Vec<Pick>,
    loss: Pick,
    optimizer: Pick,
    schedule: Pick,
    lr: f64,
    /// Of a run that only the trainer can make.
    settings: Option<Numbers>,
    /// Of the generator that dropout draws from.
    seed: u64,
    shape: Vec<usize>,
    batch: usize,
    x: Vec<f32>,
    classes: Vec<u32>,
    values: Vec<f32>,
    before: Vec<f32>,
    /// Of the first step.
    gradient: Vec<f64>,
    losses: Vec<f64>,
    rates: Vec<f64>,
    after: Vec<f64>,
    /// Outputs for `x` in the end, with running statistics; of runs that have some.
    #[serde(default)]
    evaluated: Vec<f64>,
}

/// As in [`Settings`]; warm-up in steps.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Numbers {
    warmup: f64,
    l1: f64,
    l2: f64,
    max_norm: f64,
    /// 1 where samples are weighted by their class.
    balance: f64,
    clip: f64,
    clip_value: f64,
    sam: f64,
    /// 1 for a moving average, 2 for one over epochs.
    average: f64,
    decay: f64,
    average_from: f64,
}

#[derive(Deserialize)]
struct Fans {
    pick: Pick,
    shape: Vec<usize>,
    fan_in: usize,
    fan_out: usize,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("fixtures/engine/golden.json")).unwrap()
}

fn error(got: &[f32], wanted: &[f64]) -> f64 {
    assert_eq!(got.len(), wanted.len());
    let largest = wanted.iter().fold(0.0_f64, |m, w| m.max(w.abs()));
    let off = got.iter().zip(wanted).map(|(g, w)| (f64::from(*g) - w).abs());
    // NaN counts as infinitely wrong.
    off.fold(0.0_f64, |m, d| if d.is_nan() { f64::INFINITY } else { m.max(d) }) / largest.max(1e-12)
}

fn make<B: Copy, R>(catalog: &Catalog<B>, pick: &Pick, build: impl Fn(B, &whittle::engine::params::Values) -> R) -> R {
    let (entry, values) = catalog.resolve(pick).unwrap();
    build(entry.build, &values)
}

/// Repeats a case through the trainer; gives the errors of what it compares. Its one mini-batch is the whole set: a step is an epoch.
fn train(case: &Case, numbers: &Numbers) -> Vec<(String, f64)> {
    let network = Network::new(&case.model, &Shape(case.shape.clone())).unwrap();
    let loss = make(&losses::CATALOG, &case.loss, |b, v| b(v));
    let rules = Rules {
        loss: if numbers.balance == 0.0 { loss } else { losses::balanced(loss, &case.classes, network.output().len()) },
        optimizer: make(&optimizers::CATALOG, &case.optimizer, |b, v| b(v)),
        optimizer_key: case.optimizer.key.clone(),
        schedule: make(&schedules::CATALOG, &case.schedule, |b, v| b(v)),
    };
    let Numbers { warmup, l1, l2, max_norm, .. } = *numbers;
    let settings = Settings { lr: case.lr, batch: case.batch, epochs: case.losses.len() as f64, warmup, l1, l2, max_norm };
    let names = (0..network.output().len()).map(|i| i.to_string()).collect();
    let data = Samples { len: case.batch, inputs: case.x.clone(), classes: case.classes.clone(), values: Vec::new() };
    let mut trainer = Trainer::new(network, case.before.clone(), Task::Classes(names), settings, rules, case.seed);
    let average = match numbers.average {
        0.0 => Average::Off,
        1.0 => Average::Exponential { decay: numbers.decay, from: numbers.average_from },
        _ => Average::Equal { from: numbers.average_from },
    };
    // What is not in these runs has figures of its own: see `REGULARIZED`.
    let (noise, mixup, augment) = (0.0, 0.0, Augment::default());
    let Numbers { clip, clip_value, sam, .. } = *numbers;
    let controls = Controls { clip, clip_value, noise, sam, mixup, augment, average };
    trainer.set_extra(controls.extras(case.seed), false);
    let reports: Vec<_> = case.losses.iter().map(|_| trainer.step(&data, &mut Score::default())).collect();
    let mut errors = vec![
        ("losses".to_string(), error(&reports.iter().map(|r| r.loss).collect::<Vec<_>>(), &case.losses)),
        ("learning rates".to_string(), error(&reports.iter().map(|r| r.lr).collect::<Vec<_>>(), &case.rates)),
    ];
    if !case.evaluated.is_empty() {
        errors.push(("outputs in use".to_string(), error(trainer.evaluate(&case.x, case.batch, case.batch), &case.evaluated)));
    }
    for (i, node) in trainer.network.nodes().iter().enumerate() {
        for (tensor, span) in &node.tensors {
            let (got, wanted) = (&trainer.weights()[span.clone()], &case.after[span.clone()]);
            errors.push((format!("layer {i} {} in the end", tensor.name), error(got, wanted)));
        }
    }
    errors
}

/// Repeats a case; gives the errors of what it compares.
fn repeat(case: &Case) -> Vec<(String, f64)> {
    if let Some(numbers) = &case.settings {
        return train(case, numbers);
    }
    let network = Network::new(&case.model, &Shape(case.shape.clone())).unwrap();
    let loss = make(&losses::CATALOG, &case.loss, |b, v| b(v));
    let mut rule = make(&optimizers::CATALOG, &case.optimizer, |b, v| b(v));
    rule.meet(&network);
    let schedule = make(&schedules::CATALOG, &case.schedule, |b, v| b(v));
    let target = if case.values.is_empty() { Target::Classes(&case.classes) } else { Target::Values(&case.values) };
    let outputs = network.output().len();
    let mut params = case.before.clone();
    let mut grad = vec![f32::NAN; params.len()];
    let mut dout = vec![0.0; case.batch * outputs];
    let mut heard = Heard::default();
    let mut state = State::new(rule.as_ref(), params.len());
    let (mut rng, mut tape) = (Rng::new(case.seed, 0), Tape::default());
    let (mut losses, mut rates, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let tensors: Vec<_> = network.nodes().iter().enumerate().flat_map(|(i, n)| n.tensors.iter().map(move |t| (i, t))).collect();
    for step in 0..case.losses.len() {
        let output = network.forward(&params, &case.x, case.batch, true, &mut rng, &mut tape);
        losses.push(loss.eval(output, target, outputs, &mut dout));
        network.judge(case.batch, &mut tape, |answers, by_answers| {
            loss.eval(answers, target, outputs, by_answers);
        });
        network.backward(&params, &case.x, case.batch, &dout, &mut grad, &mut tape);
        if step == 0 {
            for (i, (tensor, span)) in &tensors {
                let wanted = &case.gradient[span.clone()];
                if tensor.name == "k_proj_bias" {
                    // It adds the same to all scores of a position, which changes no share: its gradient is rounding on both sides.
                    let of = |values: &[f64]| values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
                    assert!(of(wanted) < 1e-12, "{}", case.name);
                    let got: Vec<f64> = grad[span.clone()].iter().map(|g| f64::from(*g)).collect();
                    errors.push((format!("gradient of layer {i} k_proj_bias"), of(&got) / of(&case.gradient)));
                    continue;
                }
                errors.push((format!("gradient of layer {i} {}", tensor.name), error(&grad[span.clone()], wanted)));
            }
        }
        let lr = (case.lr * schedule.factor(step as f64, case.losses.len() as f64) * heard.factor) as f32;
        schedule.hear(losses[step], step as f64 + 1.0, &mut heard);
        rates.push(lr);
        state.step += 1;
        rule.update(state.step, lr, &mut params, &grad, &mut state.memory);
    }
    errors.push(("losses".into(), error(&losses, &case.losses)));
    errors.push(("learning rates".into(), error(&rates, &case.rates)));
    for (i, (tensor, span)) in &tensors {
        errors.push((format!("layer {i} {} in the end", tensor.name), error(&params[span.clone()], &case.after[span.clone()])));
    }
    errors
}

#[test]
fn every_run_ends_where_pytorch_ends() {
    let mut wrong = Vec::new();
    let mut worst = (0.0, String::new());
    for case in golden().cases {
        assert_eq!(case.losses.len(), 50, "{}", case.name);
        for (what, error) in repeat(&case) {
            let line = format!("{}: {what}: {error:.1e}", case.name);
            if error.is_nan() || error > TOLERANCE {
                wrong.push(line.clone());
            }
            if error > worst.0 {
                worst = (error, line);
            }
        }
    }
    println!("largest error: {}", worst.1);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// For each key that a run uses, the settings that some run gives a value.
fn used(picks: impl Iterator<Item = Pick>) -> BTreeMap<String, BTreeSet<String>> {
    let mut used = BTreeMap::<_, BTreeSet<_>>::new();
    for pick in picks {
        used.entry(pick.key).or_default().extend(pick.params.into_keys());
    }
    used
}

fn missing<B>(catalog: &Catalog<B>, used: &BTreeMap<String, BTreeSet<String>>, missing: &mut Vec<String>) {
    for entry in catalog.entries {
        match used.get(entry.key) {
            None => missing.push(format!("no run has the {} {}", catalog.kind, entry.key)),
            Some(set) => {
                let unset = |p: &&ParamSpec| !set.contains(p.key);
                missing.extend(entry.params.iter().filter(unset).map(|p| format!("no run sets {}.{}", entry.key, p.key)));
            }
        }
    }
}

#[test]
fn every_entry_and_setting_has_a_run() {
    let cases = golden().cases;
    let mut gaps = Vec::new();
    let model = used(cases.iter().flat_map(|c| c.model.clone()));
    missing(&layers::CATALOG, &model, &mut gaps);
    missing(&activations::CATALOG, &model, &mut gaps);
    missing(&losses::CATALOG, &used(cases.iter().map(|c| c.loss.clone())), &mut gaps);
    missing(&optimizers::CATALOG, &used(cases.iter().map(|c| c.optimizer.clone())), &mut gaps);
    missing(&schedules::CATALOG, &used(cases.iter().map(|c| c.schedule.clone())), &mut gaps);
    let some = |of: fn(&Numbers) -> f64| cases.iter().filter_map(|c| c.settings.as_ref()).any(|n| of(n) > 0.0);
    let numbers = [
        ("warmup", some(|n| n.warmup)),
        ("l1", some(|n| n.l1)),
        ("l2", some(|n| n.l2)),
        ("max_norm", some(|n| n.max_norm)),
        ("balance", some(|n| n.balance)),
        ("clip", some(|n| n.clip)),
        ("clip_value", some(|n| n.clip_value)),
        ("sam", some(|n| n.sam)),
        ("average", some(|n| n.average)),
        ("decay", some(|n| n.decay)),
        ("average_from", some(|n| n.average_from)),
    ];
    gaps.extend(numbers.iter().filter(|(_, there)| !there).map(|(name, _)| format!("no run has {name}")));
    assert!(gaps.is_empty(), "{}: add a case to tests/fixtures/engine/make.py", gaps.join("; "));
}

/// What holds each number of training that changes a loss, a step or its samples to its source: runs of `golden.json`, other figures, or a property.
const REGULARIZED: [(&str, &str); 21] = [
    ("warmup", GOLDEN),
    ("l1", GOLDEN),
    ("l2", GOLDEN),
    ("maxnorm", GOLDEN),
    ("balance", GOLDEN),
    ("clip", GOLDEN),
    ("clipvalue", GOLDEN),
    ("sam", GOLDEN),
    ("average", GOLDEN),
    ("emadecay", GOLDEN),
    ("averagefrom", GOLDEN),
    ("mixup", "tests/fixtures/extras/reference.json"),
    ("shift", "tests/fixtures/extras/reference.json"),
    ("flip", "tests/fixtures/extras/reference.json"),
    ("rotate", "tests/fixtures/extras/reference.json"),
    ("distill", "tests/fixtures/distill/reference.json"),
    ("temperature", "tests/fixtures/distill/reference.json"),
    // Its variance, as the paper has it.
    ("gradnoise", "src/engine/train/extra/gradient.rs"),
    // It ends a run, and changes none of its steps.
    ("patience", "src/session/run/learning_tests.rs"),
    // Every run above has them.
    ("lr", GOLDEN),
    ("epochs", GOLDEN),
];
const GOLDEN: &str = "tests/fixtures/engine/golden.json";

#[test]
fn every_number_of_training_is_held_to_its_source() {
    let sections = ["loss", "optimizer", "regularization"];
    // How many samples a step has is in every case.
    let fields = FIELDS.iter().filter(|f| sections.contains(&f.section) && f.spec.key != "batch").map(|f| f.spec.key);
    let known: BTreeSet<_> = REGULARIZED.iter().map(|(key, _)| *key).collect();
    assert_eq!(fields.collect::<BTreeSet<_>>(), known, "a new one needs figures or a property, and a line in REGULARIZED");
    for (key, file) in REGULARIZED {
        assert!(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file).is_file(), "{key}: there is no {file}");
    }
}

#[test]
fn weights_count_their_inputs_and_outputs_as_pytorch_does() {
    for Fans { pick, shape, fan_in, fan_out } in golden().fans {
        let network = Network::new(std::slice::from_ref(&pick), &Shape(shape)).unwrap();
        let (_, weight, _) = network.weights().next().unwrap();
        assert_eq!((weight.fan_in, weight.fan_out), (fan_in, fan_out), "{pick:?}");
    }
}
