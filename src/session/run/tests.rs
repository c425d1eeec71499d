use super::*;
use crate::{
    engine::{catalog::Pick, data},
    protocol::Topic,
    session::accelerator::Engines,
};

/// A run on a circle of points, and its data, changed by `change` before it begins.
fn run(change: impl Fn(&mut Experiment, &mut Dataset)) -> Run {
    let mut experiment = Experiment { data: Pick::new("circle"), model: Vec::new(), loss: Pick::new("mse"), ..Experiment::default() };
    let source = data::source(&experiment.data, experiment.train.test_share, experiment.seed).expect("a generator");
    let mut data = source.generate().expect("its settings are fine").expect("no file");
    change(&mut experiment, &mut data);
    Run::new(RunId(1), experiment, Arc::new(data), None, Some(Rest::all()), true, 0.0).unwrap_or_else(|_| panic!("it can run"))
}

fn to_the_end(run: &mut Run) -> Vec<FromWorker> {
    let mut out = Vec::new();
    run.play(Until::Planned, 0.0, &mut out);
    while run.playing || run.exam.is_some() {
        if run.exam.is_some() { run.examine(&mut out) } else { run.train(&mut out) }
    }
    out
}

#[test]
fn a_validation_loss_beyond_all_numbers_is_no_best_one() {
    let mut run = run(|experiment, data| {
        (experiment.train.patience, experiment.train.epochs) = (5, 8.0);
        // Its square is more than a 32-bit float holds.
        *data = data.with_validation(0.2, 1);
        data.validation.inputs[0] = 1e30;
    });
    let out = to_the_end(&mut run);
    assert!(run.best.is_none());
    assert!(out.iter().any(|m| matches!(m, FromWorker::Health { health, .. } if health.topic == Topic::Diverged)));
}

#[test]
fn a_weight_that_is_no_number_is_seen_at_the_next_point_even_behind_dead_units() {
    let mut run = run(|experiment, data| {
        experiment.model = vec![Pick::new("dense").with("units", 4.0), Pick::new("relu")];
        // Points of the curve between the ends of epochs.
        data.train.len = data.train.len.min(100);
    });
    let mut out = Vec::new();
    run.play(Until::Planned, 0.0, &mut out);
    // Not a number, and never active: max(NaN, 0) is 0.
    run.trainer.params[0] = f32::NAN;
    for _ in 0..200 {
        run.train(&mut out);
        if !run.playing {
            break;
        }
    }
    let health = out.iter().find_map(|m| if let FromWorker::Health { health, .. } = m { Some(health) } else { None });
    assert_eq!(health.map(|h| h.topic), Some(Topic::Diverged));
    assert!(run.sound() && run.history.iter().all(|p| p.epoch < 1.0), "long before the epoch's test");
}

#[test]
fn a_comparison_is_done_in_small_pieces() {
    let mut run = run(|experiment, data| {
        experiment.compress.bits = 4;
        while data.test.len < 2000 {
            let inputs = data.test.inputs.clone();
            data.test.inputs.extend(inputs);
            let classes = data.test.classes.clone();
            data.test.classes.extend(classes);
            data.test.len *= 2;
        }
    });
    let (mut out, mut pieces) = (Vec::new(), 0);
    // Each look at the clock takes 2 ms, so that one call fills a block of the timer.
    let time = std::cell::Cell::new(0.0);
    let clock = || {
        time.set(time.get() + 2.0);
        time.get()
    };
    while !out.iter().any(|m| matches!(m, FromWorker::Compared { .. })) {
        run.work(&clock, &mut Engines::default(), &mut out);
        pieces += 1;
    }
    // To compress, one file of each form, two models on 128 samples at a time, the plane, and blocks of the timer: one to warm up
    // and five to measure for each model.
    let judged = 2 * run.data.test.len.div_ceil(128);
    assert_eq!(pieces, 1 + 5 + judged + 1 + 2 * 6, "no piece did the work of two");
}
