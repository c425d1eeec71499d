//! Changes while a run goes on, and ways back: nothing is lost that need not be, and nothing of what was left behind comes back.

mod session_support;

use std::{cell::Cell, rc::Rc};

use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    engine::catalog::Pick,
    experiment::Experiment,
    protocol::{FromWorker, Reason, ToWorker, Topic},
};

fn is_compared(message: &FromWorker) -> bool {
    matches!(message, FromWorker::Compared { .. })
}

fn test_losses(desk: &Desk) -> Vec<(u64, f32)> {
    desk.points().iter().filter_map(|p| Some((p.step, p.test_loss?))).collect()
}

/// Share of links that are held at zero, as the last drawing shows them.
fn pruned(desk: &mut Desk) -> f64 {
    desk.until(|m| matches!(m, FromWorker::View { .. }));
    let view = desk.heard.iter().rev().find_map(|m| if let FromWorker::View { network, .. } = m { Some(network) } else { None });
    let links: Vec<f32> = view.expect("a drawing").columns[1..].iter().flat_map(|c| c.links.to_vec()).collect();
    links.iter().filter(|w| **w == 0.0).count() as f64 / links.len() as f64
}

/// A clock on which every look takes 2 ms, and what it says now.
fn slow_clock() -> (Rc<Cell<f64>>, impl Fn() -> f64) {
    let time = Rc::new(Cell::new(0.0));
    let clock = {
        let time = time.clone();
        move || {
            time.set(time.get() + 2.0);
            time.get()
        }
    };
    (time, clock)
}

#[test]
fn a_slider_that_keeps_moving_sees_answers_and_training_goes_on() {
    // On this machine a comparison lasts longer than the page waits between two messages.
    const EVERY: f64 = 80.0;
    let (time, clock) = slow_clock();
    let mut desk = Desk::on(clock);
    let mut experiment = xor(1000.0);
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume: None, play: true });
    desk.until(is_compared);
    let (begin, before) = (time.get(), desk.heard.len());
    let mut moved = 0;
    while time.get() < begin + 3000.0 {
        if time.get() >= begin + EVERY * f64::from(moved) {
            moved += 1;
            experiment.compress.sparsity = f64::from(moved) / 100.0;
            desk.update(&experiment);
        }
        desk.session.advance(12.0);
        desk.listen();
    }
    assert!(moved >= 37, "{moved} messages");
    let answers: Vec<(u64, f64)> = desk.heard[before..]
        .iter()
        .filter_map(
            |m| if let FromWorker::Compared { step, experiment, .. } = m { Some((*step, experiment.compress.sparsity)) } else { None },
        )
        .collect();
    assert!(answers.len() >= 8, "answers: {answers:?}");
    assert!(answers.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 < w[1].1), "training goes on, the newest setting is next: {answers:?}");
    let last = desk.heard.iter().rev().find_map(|m| if let FromWorker::Progress { step, .. } = m { Some(*step) } else { None });
    assert!(last > Some(answers[0].0 + 20), "{last:?}");
    // Once it rests, the last setting is answered.
    desk.unread = desk.heard.len();
    desk.until(|m| matches!(m, FromWorker::Compared { experiment: of, .. } if of.compress == experiment.compress));
}

#[test]
fn a_setting_of_the_optimizer_keeps_its_memory() {
    let mut straight = Desk::start(&xor(20.0));
    straight.until(is_finished);
    let mut dragged = Desk::start(&xor(20.0));
    dragged.step(33);
    for beta1 in [0.5, 0.7] {
        let mut experiment = xor(20.0);
        experiment.optimizer = Pick::new("adam").with("beta1", beta1);
        dragged.update(&experiment);
    }
    dragged.update(&xor(20.0));
    dragged.say(ToWorker::Resume(RUN));
    dragged.until(is_finished);
    assert_eq!(test_losses(&straight), test_losses(&dragged), "back where it was, the run is as if nothing had happened");
}

#[test]
fn weights_from_before_a_switch_of_the_optimizer_come_back_after_divergence() {
    let mut experiment = xor(500.0);
    experiment.loss = Pick::new("mse");
    let mut desk = Desk::start(&experiment);
    desk.step(300);
    experiment.optimizer = Pick::new("sgd");
    experiment.train.lr = 10.0;
    desk.update(&experiment);
    desk.say(ToWorker::Resume(RUN));
    let diverged = |m: &FromWorker| matches!(m, FromWorker::Health { health, .. } if health.topic == Topic::Diverged);
    let FromWorker::Health { health, .. } = desk.until(diverged).clone() else { unreachable!() };
    assert!(health.message.contains("are back") && health.step >= 250, "{}", health.message);
    let back = |m: &FromWorker| matches!(m, FromWorker::Compared { step, baseline, .. } if *step == health.step && baseline.score > 0.9);
    desk.until(back);
    assert!(desk.failures().is_empty(), "{:?}", desk.failures());
}

#[test]
fn time_can_be_scrubbed_to_before_a_switch_of_the_optimizer() {
    for (one, other) in [("adam", "sgd"), ("adagrad", "momentum"), ("momentum", "adagrad")] {
        let mut experiment = xor(20.0);
        experiment.optimizer = Pick::new(one);
        let mut desk = Desk::start(&experiment);
        desk.step(100);
        experiment.optimizer = Pick::new(other);
        desk.update(&experiment);
        desk.step(50);
        desk.unread = desk.heard.len();
        desk.say(ToWorker::Scrub { run: RUN, step: 60 });
        desk.until(|m| matches!(m, FromWorker::Compared { step: 60, .. }));
        desk.say(ToWorker::Resume(RUN));
        desk.until(is_finished);
        assert!(desk.failures().is_empty(), "{one} to {other}: {:?}", desk.failures());
        // From the same weights, with a memory that begins there: what a fresh start of the other optimizer would do.
        let end = test_losses(&desk).last().copied();
        assert!(end.is_some_and(|(step, loss)| step == 200 && loss.is_finite()), "{one} to {other}: {end:?}");
    }
}

#[test]
fn a_run_goes_on_from_a_checkpoint_of_another_optimizer() {
    let mut first = Desk::start(&xor(20.0));
    first.step(77);
    let mut experiment = xor(20.0);
    experiment.optimizer = Pick::new("momentum");
    let mut second = Desk::new();
    let resume = first.checkpoint();
    assert!(resume.is_some());
    second.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment), resume, play: true });
    assert!(second.heard.iter().any(|m| matches!(m, FromWorker::Started { step: 77, .. })));
    second.until(is_finished);
    assert!(second.failures().is_empty());
}

fn pruning() -> Experiment {
    let mut experiment = xor(30.0);
    experiment.compress.sparsity = 0.5;
    experiment.compress.during = 1;
    experiment
}

#[test]
fn pruning_while_training_comes_back_after_a_scrub_to_before_it() {
    let mut desk = Desk::start(&pruning());
    desk.until(is_finished);
    assert_eq!(pruned(&mut desk), 0.5);
    desk.say(ToWorker::Scrub { run: RUN, step: 0 });
    assert_eq!(pruned(&mut desk), 0.0, "at the beginning nothing is pruned");
    desk.say(ToWorker::Resume(RUN));
    desk.until(is_finished);
    assert_eq!(pruned(&mut desk), 0.5);
}

#[test]
fn pruning_while_training_follows_the_settings_of_now_after_a_scrub() {
    let mut experiment = pruning();
    let mut desk = Desk::start(&experiment);
    desk.step(100);
    experiment.compress.sparsity = 0.25;
    desk.update(&experiment);
    desk.step(20);
    desk.say(ToWorker::Scrub { run: RUN, step: 80 });
    desk.say(ToWorker::Resume(RUN));
    desk.until(is_finished);
    assert_eq!(pruned(&mut desk), 0.25);
}

#[test]
fn a_pruned_run_resumes_to_the_bit() {
    let mut whole = Desk::start(&pruning());
    whole.until(is_finished);
    for step in [4, 77] {
        let mut first = Desk::start(&pruning());
        first.step(step);
        let mut second = Desk::new();
        let resume = first.checkpoint();
        second.say(ToWorker::Start { run: RUN, experiment: Box::new(pruning()), resume, play: true });
        second.until(is_finished);
        assert_eq!(test_losses(&whole), test_losses(&second), "from step {step}");
    }
}

#[test]
fn the_best_weights_of_a_future_that_was_left_are_gone() {
    let mut experiment = xor(60.0);
    experiment.train.patience = 50;
    let mut desk = Desk::start(&experiment);
    desk.step(300);
    desk.say(ToWorker::Scrub { run: RUN, step: 0 });
    // Hardly moves from here on, so that no test loss comes near those of the future that was left.
    experiment.train.lr = 1e-5;
    desk.update(&experiment);
    desk.say(ToWorker::Resume(RUN));
    desk.unread = desk.heard.len();
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    let points = desk.points();
    let best =
        points.iter().filter(|p| p.validation_loss.is_some()).min_by(|a, b| a.validation_loss.partial_cmp(&b.validation_loss).unwrap());
    let wanted = best.and_then(|p| p.test_loss).expect("a point with both");
    assert!(test_losses(&desk).iter().all(|t| t.1 > 0.4), "the curves hold this run alone");
    assert!((summary.baseline.loss - wanted).abs() < 1e-6, "{} against {wanted}", summary.baseline.loss);
}

#[test]
fn a_measurement_takes_long_enough_for_every_number_in_it() {
    let (_, clock) = slow_clock();
    let mut desk = Desk::on(clock);
    // Fewer test samples than a batch of 64 has.
    let mut experiment = Experiment { data: Pick::new("xor").with("n", 60.0), ..xor(1.0) };
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume: None, play: false });
    desk.until(is_compared);
    desk.say(ToWorker::Measure(RUN));
    for _ in 0..100 {
        desk.session.advance(1.0);
    }
    experiment.compress.bits = 4;
    desk.update(&experiment);
    let FromWorker::Measured { latency, experiment: of, .. } = desk.until(|m| matches!(m, FromWorker::Measured { .. })).clone() else {
        unreachable!()
    };
    assert_eq!(of.compress, experiment.compress, "begun anew with the pair that took the first one's place");
    let both = [&latency.baseline, &latency.optimized];
    assert!(both.iter().all(|side| side.iter().map(|t| t.batch).eq([1, 64])), "{latency:?}");
    assert_eq!(latency.layers.len(), 3);
    let layers = latency.layers.iter().flat_map(|l| [Some(l.baseline), l.optimized]).flatten();
    for timing in both.into_iter().flatten().copied().chain(layers) {
        assert!(timing.p50 * timing.calls as f64 >= 200.0 && timing.p95 >= timing.p50, "{timing:?}");
    }
    for _ in 0..500 {
        desk.session.advance(1.0);
    }
    desk.listen();
    assert_eq!(desk.heard.iter().filter(|m| matches!(m, FromWorker::Measured { .. })).count(), 1);
}

#[test]
fn a_run_that_stands_still_keeps_what_is_changed() {
    let mut desk = Desk::start(&xor(20.0));
    desk.step(30);
    let mut experiment = xor(20.0);
    for sparsity in [0.2, 0.4, 0.6] {
        experiment.compress.sparsity = sparsity;
        desk.update(&experiment);
    }
    desk.unread = desk.heard.len();
    let kept = |m: &FromWorker| matches!(m, FromWorker::Checkpoint { step: 30, experiment: of, .. } if of.compress.sparsity == 0.6);
    desk.until(kept);
}

#[test]
fn a_run_that_came_to_its_end_step_by_step_ends_when_it_is_played() {
    let mut desk = Desk::start(&xor(4.0));
    desk.step(40);
    desk.say(ToWorker::Resume(RUN));
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    assert_eq!((summary.steps, summary.epochs), (40, 4.0));
    let ends = desk.heard.len();
    desk.say(ToWorker::Resume(RUN));
    assert!(matches!(desk.heard[ends..], [FromWorker::State { playing: false, reason: Some(Reason::Finished), .. }]));
}

#[test]
fn weights_that_come_back_at_the_end_are_said() {
    let mut experiment = xor(130.0);
    experiment.data = Pick::new("xor").with("n", 60.0).with("noise", 0.5);
    (experiment.train.patience, experiment.train.lr) = (100, 0.05);
    let mut desk = Desk::start(&experiment);
    let best = |m: &FromWorker| matches!(m, FromWorker::Health { health, .. } if health.topic == Topic::Best);
    let FromWorker::Health { health, .. } = desk.until(best).clone() else { unreachable!() };
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    let judged = desk.points().into_iter().filter_map(|p| Some((p.validation_loss?, p.test_loss?)));
    let (_, there) = judged.fold((f32::INFINITY, 0.0), |a, b| if b.0 < a.0 { b } else { a });
    assert!((summary.baseline.loss - there).abs() < 1e-5, "{} against {there}", summary.baseline.loss);
    assert!(summary.epochs == 130.0 && health.message.contains("are back"), "{}", health.message);
}
