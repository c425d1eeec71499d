//! Tests of the trainer.

use super::*;
use crate::engine::{
    catalog::Pick,
    initializers, losses, optimizers,
    params::Values,
    schedules,
    shape::Shape,
    train::extra::{Augment, Average, Controls},
};

fn samples(n: usize) -> Samples {
    let mut rng = Rng::new(5, 0);
    let mut data = Samples { len: n, ..Samples::default() };
    for _ in 0..n {
        let (a, b) = (rng.range(-1.0, 1.0), rng.range(-1.0, 1.0));
        data.inputs.extend([a, b]);
        data.classes.push(u32::from(a * b > 0.0));
    }
    data
}

fn trainer(batch: usize) -> Trainer {
    let picks = [Pick::new("dense").with("units", 12.0), Pick::new("relu"), Pick::new("dense").with("units", 2.0)];
    let network = Network::new(&picks, &Shape(vec![2])).unwrap();
    let he = &initializers::CATALOG.entries[0];
    let init = (he.build)(&Values::defaults(he.params));
    let params = network.init(init.as_ref(), &mut Rng::new(3, 0));
    let adam = optimizers::CATALOG.find("adam").unwrap();
    let rules = Rules {
        loss: (losses::CATALOG.find("cross-entropy").unwrap().build)(&Values::defaults(
            losses::CATALOG.find("cross-entropy").unwrap().params,
        )),
        optimizer: (adam.build)(&Values::defaults(adam.params)),
        optimizer_key: adam.key.into(),
        schedule: (schedules::CATALOG.find("constant").unwrap().build)(&Values::defaults(&[])),
    };
    let settings = Settings { lr: 0.02, batch, epochs: 40.0, warmup: 0.0, l1: 0.0, l2: 0.0, max_norm: 0.0 };
    Trainer::new(network, params, Task::Classes(vec!["a".into(), "b".into()]), settings, rules, 9)
}

fn run(trainer: &mut Trainer, data: &Samples, steps: usize) -> Vec<f32> {
    (0..steps).map(|_| trainer.step(data, &mut Score::default()).loss).collect()
}

#[test]
fn learns_xor() {
    let data = samples(200);
    let mut t = trainer(20);
    run(&mut t, &data, 400);
    let mut score = Score::default();
    (0..10).for_each(|_| {
        t.step(&data, &mut score);
    });
    assert!(score.value(&t.task) > 0.95, "accuracy {}", score.value(&t.task));
}

#[test]
fn resumes_to_the_bit() {
    let data = samples(50);
    let mut whole = trainer(7);
    let mut first = trainer(7);
    let all = run(&mut whole, &data, 40);
    run(&mut first, &data, 17);
    let moment = first.snapshot();
    let mut second = trainer(7);
    second.restore(&moment).unwrap();
    assert_eq!(all[17..], run(&mut second, &data, 23));
    assert_eq!(whole.params, second.params);
}

#[test]
fn refuses_a_foreign_snapshot() {
    let mut moment = trainer(7).snapshot();
    moment.params.pop();
    assert!(trainer(7).restore(&moment).unwrap_err().contains("parameters"));
}

fn optimizer(key: &str, settings: &[(&str, f64)]) -> Box<dyn Optimizer> {
    let pick = settings.iter().fold(Pick::new(key), |pick, (name, value)| pick.with(name, *value));
    let (entry, values) = optimizers::CATALOG.resolve(&pick).unwrap();
    (entry.build)(&values)
}

#[test]
fn other_settings_keep_the_memory_and_another_rule_starts_its_own() {
    let data = samples(50);
    let mut t = trainer(10);
    run(&mut t, &data, 20);
    let before = t.memory.clone();
    t.set_optimizer("adam", optimizer("adam", &[("beta1", 0.5)]));
    assert_eq!(t.memory, before, "a setting of the same rule");
    t.set_optimizer("rmsprop", optimizer("rmsprop", &[]));
    assert_eq!((t.memory.step, t.memory.memory.len()), (0, 3));
    run(&mut t, &data, 5);
    let before = t.memory.clone();
    t.set_optimizer("rmsprop", optimizer("rmsprop", &[("momentum", 0.9), ("centered", 1.0)]));
    assert_eq!(t.memory, before);
    run(&mut t, &data, 5);
    assert!(t.params.iter().all(|p| p.is_finite()));
}

#[test]
fn a_moment_of_another_optimizer_gives_its_weights_and_no_memory() {
    let data = samples(50);
    // Both remember one number per weight: a mean square here, a velocity there.
    for (one, other) in [("adagrad", "momentum"), ("momentum", "adagrad"), ("adam", "sgd"), ("sgd", "adamw")] {
        let mut t = trainer(10);
        t.set_optimizer(one, optimizer(one, &[]));
        t.hold((0..t.params.len()).map(|i| f32::from(u8::from(i != 3))).collect());
        run(&mut t, &data, 12);
        let moment = t.snapshot();
        run(&mut t, &data, 5);
        t.set_optimizer(other, optimizer(other, &[]));
        run(&mut t, &data, 5);
        t.restore(&moment).unwrap();
        assert_eq!((&t.params, t.step_count(), t.held()), (&moment.params, 12, &moment.keep[..]), "{one} to {other}");
        assert_eq!(t.memory, optimizers::State::new(t.rules.optimizer.as_ref(), t.params.len()), "{one} to {other}");
        t.set_optimizer(one, optimizer(one, &[]));
        t.restore(&moment).unwrap();
        assert_eq!(t.memory, moment.memory, "back to {one}, its own memory is good again");
    }
}

#[test]
fn pieces_of_a_step_are_the_step() {
    let data = samples(50);
    let mut whole = trainer(50);
    let losses = run(&mut whole, &data, 12);
    for piece in [1, 7, 49] {
        let mut t = trainer(50);
        t.piece = piece;
        assert_eq!(run(&mut t, &data, 12), losses, "{piece} at once");
        assert_eq!(t.params, whole.params);
    }
    // A moment in the middle of a step is that before the step.
    let mut t = trainer(50);
    t.piece = 20;
    run(&mut t, &data, 5);
    assert!(t.advance(&data, &mut Score::default()).is_none());
    let mut other = trainer(50);
    other.restore(&t.snapshot()).unwrap();
    assert_eq!(run(&mut other, &data, 7), losses[5..]);
    assert_eq!(run(&mut t, &data, 7), losses[5..]);
}

#[test]
fn pieces_of_a_step_that_rounds_are_the_step() {
    let data = samples(50);
    let rounded = |piece: usize| {
        let mut t = trainer(50);
        t.piece = piece;
        t.fake_quantize(Some((Rounding::plain(3, true, true), 2.0)));
        t
    };
    let mut whole = rounded(50);
    let losses = run(&mut whole, &data, 12);
    for piece in [1, 7, 49] {
        let mut t = rounded(piece);
        assert_eq!(run(&mut t, &data, 12), losses, "{piece} at once");
        assert_eq!((&t.params, t.ranges()), (&whole.params, whole.ranges()));
    }
    // A moment in the middle of a step is that before the step, ranges and all.
    let mut t = rounded(20);
    run(&mut t, &data, 5);
    let before = t.ranges().to_vec();
    assert!(t.advance(&data, &mut Score::default()).is_none());
    assert_eq!(t.snapshot().ranges, before);
    let mut other = rounded(20);
    other.restore(&t.snapshot()).unwrap();
    assert_eq!(run(&mut other, &data, 7), losses[5..]);
}

#[test]
fn a_piece_is_bounded_and_never_empty() {
    let conv = Pick::new("conv2d").with("filters", 32.0);
    let large = Network::new(&[conv.clone(), conv], &Shape(vec![128, 128, 3])).unwrap();
    assert_eq!(large.piece(), 1);
    let small = trainer(1).network.piece();
    assert!(small > 10_000 && small.is_multiple_of(8), "{small}");
}

#[test]
fn max_norm_bounds_what_comes_into_each_unit() {
    let data = samples(50);
    let mut t = trainer(10);
    t.settings.max_norm = 0.8;
    run(&mut t, &data, 100);
    let mut longest = 0.0_f32;
    for (_, tensor, span) in t.network.weights() {
        let units = tensor.shape[1];
        for unit in 0..units {
            let norm = t.params[span.clone()].iter().skip(unit).step_by(units).map(|w| w * w).sum::<f32>().sqrt();
            assert!(norm <= 0.8 * 1.000_001, "{norm}");
            longest = longest.max(norm);
        }
    }
    assert!(longest > 0.799, "some reach the bound");
}

#[test]
fn epochs_end_where_the_data_ends() {
    let data = samples(50);
    let mut t = trainer(20);
    let ends: Vec<_> = (0..6).map(|_| t.step(&data, &mut Score::default())).map(|r| (r.samples, r.epoch_done)).collect();
    assert_eq!(ends, [(20, false), (20, false), (10, true), (20, false), (20, false), (10, true)]);
}

#[test]
fn held_parameters_stay_zero() {
    let data = samples(50);
    let mut t = trainer(10);
    let mut keep = vec![1.0; t.params.len()];
    keep[3] = 0.0;
    t.hold(keep);
    run(&mut t, &data, 20);
    assert_eq!(t.params[3], 0.0);
    t.hold(Vec::new());
    run(&mut t, &data, 5);
    assert_ne!(t.params[3], 0.0, "a freed weight grows again");
}

#[test]
fn penalties_shrink_weights() {
    let data = samples(50);
    let norm = |l1, l2| {
        let mut t = trainer(10);
        (t.settings.l1, t.settings.l2) = (l1, l2);
        run(&mut t, &data, 200);
        t.network.weights().flat_map(|(_, _, s)| t.params[s].to_vec()).map(f32::abs).sum::<f32>()
    };
    let free = norm(0.0, 0.0);
    assert!(norm(0.01, 0.0) < 0.9 * free && norm(0.0, 0.05) < 0.9 * free);
}

/// [`trainer`] with batch normalization and a skip connection, by `optimizer`.
fn normalized(batch: usize, optimizer: &str) -> Trainer {
    let dense = |units: f64| Pick::new("dense").with("units", units);
    let picks = [dense(8.0), Pick::new("batchnorm"), Pick::new("relu"), dense(8.0), Pick::new("batchnorm"), Pick::new("add"), dense(2.0)];
    let network = Network::new(&picks, &Shape(vec![2])).unwrap();
    let he = &initializers::CATALOG.entries[0];
    let params = network.init((he.build)(&Values::defaults(he.params)).as_ref(), &mut Rng::new(3, 0));
    let Trainer { task, settings, mut rules, .. } = trainer(batch);
    let entry = optimizers::CATALOG.find(optimizer).unwrap();
    (rules.optimizer, rules.optimizer_key) = ((entry.build)(&Values::defaults(entry.params)), optimizer.into());
    Trainer::new(network, params, task, settings, rules, 9)
}

#[test]
fn running_statistics_follow_the_batches_whatever_the_optimizer() {
    let data = samples(64);
    let statistics = |t: &Trainer| t.network.statistics().flat_map(|span| t.params[span].to_vec()).collect::<Vec<f32>>();
    for entry in optimizers::CATALOG.entries {
        let mut t = normalized(16, entry.key);
        // What was held at zero, and penalties, leave them alone.
        t.hold((0..t.params.len()).map(|i| f32::from(u8::from(i % 3 != 0))).collect());
        (t.settings.l2, t.settings.max_norm) = (0.1, 0.5);
        // The first normalization sees a layer of the first parameters.
        let span = t.network.nodes()[1].tensors[2].1.clone();
        let (start, params) = (t.params[span.clone()].to_vec(), t.params.clone());
        let mut tape = Tape::default();
        run(&mut t, &data, 1);
        let x: Vec<f32> = t.order[..16].iter().flat_map(|i| data.inputs[*i as usize * 2..][..2].to_vec()).collect();
        t.network.forward(&params, &x, 16, true, &mut Rng::new(0, 0), &mut tape);
        for (unit, (was, is)) in start.iter().zip(&t.params[span]).enumerate() {
            let mean = tape.output(0).iter().skip(unit).step_by(8).sum::<f32>() / 16.0;
            assert!((0.9 * was + 0.1 * mean - is).abs() < 1e-6, "{}: {is}", entry.key);
        }
        let before = statistics(&t);
        run(&mut t, &data, 3);
        assert!(statistics(&t).iter().zip(&before).all(|(a, b)| a != b), "{}", entry.key);
    }
}

#[test]
fn normalized_runs_resume_to_the_bit_and_end_in_a_batch_of_one() {
    // 33 samples: the last mini-batch of an epoch has one.
    let data = samples(33);
    let mut whole = normalized(16, "adam");
    let mut first = normalized(16, "adam");
    let all = run(&mut whole, &data, 20);
    run(&mut first, &data, 7);
    let mut second = normalized(16, "adam");
    second.restore(&first.snapshot()).unwrap();
    assert_eq!(run(&mut second, &data, 13), all[7..]);
    assert_eq!(second.params, whole.params);
    assert!(all.iter().all(|loss| loss.is_finite()));
}

#[test]
fn a_batch_that_is_normalized_is_taken_whole() {
    // Wide enough that other networks would be cut into pieces.
    let picks = |norm: &str| [Pick::new("dense").with("units", 4096.0), Pick::new(norm), Pick::new("dense").with("units", 2.0)];
    let of = |norm: &str| Network::new(&picks(norm), &Shape(vec![1200])).unwrap();
    assert!(of("batchnorm").piece() < 64 && of("batchnorm").whole_batch() && !of("layernorm").whole_batch());
    let data = samples(64);
    let mut t = normalized(64, "sgd");
    assert!(t.advance(&data, &mut Score::default()).is_some());
}

/// Everything that a step can do beyond the plain one, on samples whose two numbers count as an image.
fn busy(piece: usize, average: Average) -> Trainer {
    let picks = [Pick::new("flatten"), Pick::new("dense").with("units", 12.0), Pick::new("dropout"), Pick::new("dense").with("units", 2.0)];
    let network = Network::new(&picks, &Shape(vec![1, 2, 1])).unwrap();
    let he = &initializers::CATALOG.entries[0];
    let params = network.init((he.build)(&Values::defaults(he.params)).as_ref(), &mut Rng::new(3, 0));
    let plain = trainer(20);
    let mut t = Trainer::new(network, params, plain.task, plain.settings, plain.rules, 9);
    let augment = Augment { shift: 1, flip: true, rotate: 20.0 };
    let controls = Controls { clip: 0.5, clip_value: 0.3, noise: 0.1, sam: 0.05, mixup: 0.4, augment, average };
    t.set_extra(controls.extras(9), false);
    t.piece = piece;
    t
}

const MOVING: Average = Average::Exponential { decay: 0.9, from: 1.0 };

#[test]
fn extras_go_on_bit_for_bit_and_in_pieces() {
    let data = samples(50);
    for average in [MOVING, Average::Equal { from: 1.0 }] {
        let mut whole = busy(1000, average);
        let losses = run(&mut whole, &data, 14);
        assert_ne!(whole.weights(), whole.params);
        for piece in [1, 7, 19] {
            let mut t = busy(piece, average);
            assert_eq!(run(&mut t, &data, 14), losses, "{piece} at once");
            assert_eq!((&t.params, t.weights()), (&whole.params, whole.weights()));
        }
        // A moment in the middle of a step, even of its second look, is that before the step.
        for pieces in 0..6 {
            let mut t = busy(8, average);
            run(&mut t, &data, 7);
            (0..pieces).for_each(|_| assert!(t.advance(&data, &mut Score::default()).is_none()));
            let mut other = busy(8, average);
            other.restore(&t.snapshot()).unwrap();
            assert_eq!(run(&mut other, &data, 7), losses[7..], "after {pieces} pieces");
            assert_eq!((&other.params, other.weights()), (&whole.params, whole.weights()));
            assert_eq!(run(&mut t, &data, 7), losses[7..], "nor does a look change anything");
        }
    }
}

#[test]
fn averages_follow_what_happens_to_weights() {
    let data = samples(50);
    let mut t = busy(1000, MOVING);
    run(&mut t, &data, 12);
    let keep = (0..t.params.len()).map(|i| f32::from(u8::from(i != 3))).collect();
    t.hold(keep);
    assert_eq!(t.weights()[3], 0.0);
    t.set(5, 1.5);
    assert_eq!((t.params[5], t.weights()[5]), (1.5, 1.5));
    let best = vec![0.25; t.params.len()];
    t.replace(best.clone(), Vec::new(), Vec::new());
    assert_eq!(t.weights(), best);
    // Other numbers keep the average; another kind of average begins anew, and a moment of it is none.
    let controls = |average| Controls { average, ..Controls::default() };
    let before = t.snapshot();
    t.set_extra(controls(Average::Exponential { decay: 0.5, from: 1.0 }).extras(9), true);
    assert_eq!(t.weights(), best);
    t.set_extra(controls(Average::Equal { from: 0.0 }).extras(9), true);
    run(&mut t, &data, 1);
    assert_eq!(t.weights(), t.params, "no epoch has ended since");
    t.restore(&before).unwrap();
    assert_eq!(t.weights(), t.params);
    t.set_extra(None, true);
    assert_eq!(t.weights(), t.params);
}

#[test]
fn mixtures_are_of_the_training_samples_and_their_targets() {
    let data = samples(50);
    let mut t = trainer(10);
    t.set_extra(Controls { mixup: 1.0, ..Controls::default() }.extras(9), false);
    let place = t.open(50).place;
    let samples = t.gather(&data, place.clone());
    assert!(t.change(&data, &place, place.clone()));
    let share = |row: &[f32]| row.iter().sum::<f32>();
    assert!(t.batch.values.chunks_exact(2).all(|row| (share(row) - 1.0).abs() < 1e-6) && t.batch.values.len() == 2 * samples);
    // Each is a point between two samples of the mini-batch, by the same share as its target.
    let points: Vec<(&[f32], u32)> =
        t.order[place].iter().map(|i| (&data.inputs[*i as usize * 2..][..2], data.classes[*i as usize])).collect();
    let own = t.batch.values.iter().copied().find(|v| *v > 0.0 && *v < 1.0).expect("two classes are mixed");
    for ((x, shares), (point, class)) in t.batch.inputs.chunks_exact(2).zip(t.batch.values.chunks_exact(2)).zip(&points) {
        let fits = [own, 1.0 - own].iter().any(|own| {
            points.iter().any(|(other, partner)| {
                let mixed = |k: usize| own * point[k] + (1.0 - own) * other[k];
                let wanted = |c: u32| own * f32::from(u8::from(*class == c)) + (1.0 - own) * f32::from(u8::from(*partner == c));
                (0..2).all(|k| (mixed(k) - x[k]).abs() < 1e-6 && (wanted(k as u32) - shares[k]).abs() < 1e-6)
            })
        });
        assert!(fits, "{x:?} with {shares:?}");
    }
}

/// [`trainer`] with early exits, on samples whose two numbers count as an image.
fn leaving(piece: usize, weight: f64) -> Trainer {
    let dense = |units: f64| Pick::new("dense").with("units", units);
    let exit = || Pick::new("exit").with("weight", weight);
    let picks =
        [exit(), Pick::new("flatten"), dense(12.0), Pick::new("dropout"), Pick::new("relu"), exit(), dense(8.0), exit(), dense(2.0)];
    let network = Network::new(&picks, &Shape(vec![1, 2, 1])).unwrap();
    let he = &initializers::CATALOG.entries[0];
    let params = network.init((he.build)(&Values::defaults(he.params)).as_ref(), &mut Rng::new(3, 0));
    let plain = trainer(20);
    let mut t = Trainer::new(network, params, plain.task, plain.settings, plain.rules, 9);
    t.piece = piece;
    t
}

#[test]
fn runs_with_exits_resume_to_the_bit_and_go_in_pieces() {
    let data = samples(50);
    let mut whole = leaving(1000, 0.3);
    let losses = run(&mut whole, &data, 14);
    for piece in [1, 7, 19] {
        let mut t = leaving(piece, 0.3);
        assert_eq!(run(&mut t, &data, 14), losses, "{piece} at once");
        assert_eq!(t.params, whole.params);
    }
    let mut first = leaving(7, 0.3);
    run(&mut first, &data, 5);
    let mut second = leaving(1000, 0.3);
    second.restore(&first.snapshot()).unwrap();
    assert_eq!(run(&mut second, &data, 9), losses[5..]);
    assert_eq!(second.params, whole.params);
}

/// The loss that is reported is that of the end, whatever heads count; and heads that count nothing stay as they are.
#[test]
fn a_head_learns_by_its_share_and_the_end_is_reported() {
    let data = samples(50);
    let (mut silent, mut loud) = (leaving(1000, 0.0), leaving(1000, 1.0));
    let heads = |t: &Trainer| t.network.exits().flat_map(|i| t.params[t.network.nodes()[i].span.clone()].to_vec()).collect::<Vec<_>>();
    let start = heads(&silent);
    assert_eq!(run(&mut silent, &data, 1), run(&mut loud, &data, 1), "of the same first parameters");
    assert_ne!(run(&mut silent, &data, 3), run(&mut loud, &data, 3));
    assert_eq!(heads(&silent), start);
    assert!(heads(&loud).iter().zip(&start).any(|(a, b)| a != b));
    // The share can be moved while it trains.
    let mut picks: Vec<Pick> = silent.network.nodes().iter().map(|n| n.pick.clone()).collect();
    picks.iter_mut().filter(|p| p.key == "exit").for_each(|p| {
        p.params.insert("weight".into(), 1.0);
    });
    assert!(silent.network.retune(&picks));
    run(&mut silent, &data, 3);
    assert_ne!(heads(&silent), start);
}

#[test]
fn a_step_that_is_watched_is_the_step_on_that_sample_to_the_bit() {
    let data = samples(50);
    let mut plain = trainer(1);
    run(&mut plain, &data, 7);
    // Of a run with other mini-batches, at the same moment.
    let mut watched = trainer(16);
    watched.restore(&plain.snapshot()).unwrap();
    let at = plain.next(50).start;
    let sample = plain.order[at] as usize;
    let before = plain.params.clone();
    let report = plain.step(&data, &mut Score::default());
    let seen = watched.watch(&data, sample);
    assert_eq!((seen.report, &seen.before, &seen.used), (report, &before, &before));
    assert_eq!(watched.params, plain.params);
    assert_eq!(watched.memory(), plain.memory());
    assert_eq!(seen.gradient, plain.grad);
    assert_eq!(seen.loss_gradient, plain.grad, "there are no penalties");
    assert_eq!(seen.input, data.inputs[sample * 2..sample * 2 + 2]);
    let mut other = trainer(16);
    other.restore(&trainer(1).snapshot()).unwrap();
    let another = other.watch(&data, (sample + 1) % 50);
    assert_ne!(another.input, seen.input);
    assert_ne!(other.params, watched.params);
}
