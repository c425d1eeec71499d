//! A session that begins without its rest, as a worker does whose second module is still on its way.

mod session_support;

use std::{fs, time::Instant};

use session_support::{Desk, RUN, is_finished, name, xor};
use whittle::{
    engine::catalog::Pick,
    experiment::Experiment,
    protocol::{FromWorker, RunError, ToWorker, Wanted},
    session::{Next, Rest, Session},
};

/// A desk whose session has no rest yet.
fn bare() -> Desk {
    let mut desk = Desk::new();
    let begin = Instant::now();
    desk.session = Session::bare(Box::new(move || begin.elapsed().as_secs_f64() * 1000.0));
    desk
}

/// Digits on an MLP.
fn digits(epochs: f64) -> Experiment {
    let mut experiment = Experiment { data: Pick::new("digits"), ..Experiment::default() };
    experiment.model = vec![Pick::new("dense").with("units", 16.0), Pick::new("relu"), Pick::new("dropout").with("rate", 0.1)];
    experiment.train.epochs = epochs;
    experiment.compress.sparsity = 0.5;
    experiment
}

/// The same, pruned while it trains, as on a first visit.
fn pruned(epochs: f64) -> Experiment {
    let mut experiment = digits(epochs);
    experiment.compress.during = 1;
    experiment
}

fn start(desk: &mut Desk, experiment: &Experiment) {
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume: None, play: true });
}

fn supply(desk: &mut Desk) {
    assert_eq!(desk.session.claim().as_deref(), Some("digits"));
    desk.session.supply("digits", Ok(&fs::read("public/data/digits.bin").unwrap()));
    desk.listen();
}

fn complete(desk: &mut Desk, rest: bool) {
    desk.session.complete(rest.then(Rest::all));
    desk.listen();
}

fn has_points(message: &FromWorker) -> bool {
    matches!(message, FromWorker::Progress { points, .. } if !points.is_empty())
}

fn heard(desk: &Desk, wanted: &str) -> bool {
    desk.heard.iter().any(|m| name(m) == wanted)
}

#[test]
fn a_first_run_trains_without_the_rest_until_it_is_asked_for() {
    let mut desk = bare();
    start(&mut desk, &digits(1000.0));
    supply(&mut desk);
    desk.until(has_points);
    assert!(!desk.session.need(), "nothing waits for it");
    desk.say(ToWorker::Complete);
    assert!(desk.session.need());
    assert!(!desk.session.need(), "said once");
    desk.until(|m| matches!(m, FromWorker::View { .. }));
    assert!(!heard(&desk, "Compared"), "that is the rest's work");
    complete(&mut desk, true);
    desk.until(|m| matches!(m, FromWorker::Compared { .. }));
    assert!(desk.failures().is_empty());
}

#[test]
fn curves_are_the_same_with_and_without_the_rest() {
    let curve = |mut desk: Desk, late: bool| {
        start(&mut desk, &digits(6.0));
        supply(&mut desk);
        desk.until(|m| matches!(m, FromWorker::State { playing: false, .. }));
        if late {
            assert!(!heard(&desk, "Compared"));
            complete(&mut desk, true);
        }
        desk.until(is_finished);
        desk.points()
    };
    let whole = curve(Desk::new(), false);
    assert!(whole.iter().filter(|p| p.test_loss.is_some()).count() >= 4);
    assert_eq!(whole, curve(bare(), true));
}

#[test]
fn a_run_that_is_pruned_begins_without_the_rest_and_waits_for_it_where_the_pruner_is_to_choose() {
    let mut whole = Desk::new();
    start(&mut whole, &pruned(4.0));
    supply(&mut whole);
    whole.until(is_finished);
    let mut desk = bare();
    start(&mut desk, &pruned(4.0));
    supply(&mut desk);
    desk.until(has_points);
    while desk.session.advance(5.0) != Next::Idle {}
    desk.listen();
    assert!(desk.session.need() && desk.points().iter().all(|p| p.epoch < 1.0), "the first epoch is over, and no test was made");
    // A drawing and a pause need no pruner.
    desk.say(ToWorker::Pause(RUN));
    desk.until(|m| matches!(m, FromWorker::State { playing: false, .. }));
    desk.say(ToWorker::Resume(RUN));
    desk.session.advance(5.0);
    complete(&mut desk, true);
    desk.until(is_finished);
    let tests = |desk: &Desk| desk.points().into_iter().filter_map(|p| Some((p.step, p.test_loss?, p.test_score))).collect::<Vec<_>>();
    assert_eq!(tests(&desk), tests(&whole));
    assert!(desk.failures().is_empty());
}

#[test]
fn settings_that_change_while_the_pruner_waits_are_those_it_follows() {
    for (during, sparsity) in [(0, 0.0), (1, 0.8)] {
        let mut desk = bare();
        start(&mut desk, &pruned(3.0));
        supply(&mut desk);
        while desk.session.advance(5.0) != Next::Idle {}
        let mut changed = pruned(3.0);
        (changed.compress.during, changed.compress.sparsity, changed.compress.bits) = (during, sparsity, 0);
        desk.update(&changed);
        complete(&mut desk, true);
        desk.until(is_finished);
        assert!(desk.points().iter().any(|p| p.epoch == 1.0 && p.test_loss.is_some()), "{during}: the first epoch has its test");
        let Some(FromWorker::Finished { summary, .. }) = desk.heard.last() else { panic!("it has ended") };
        assert!((f64::from(summary.report.sparsity) - sparsity).abs() < 0.01, "{during}: {}", summary.report.sparsity);
        assert!(desk.failures().is_empty());
    }
}

#[test]
fn what_needs_the_rest_waits_for_it_in_order() {
    let mut desk = bare();
    start(&mut desk, &digits(1000.0));
    supply(&mut desk);
    desk.until(has_points);
    let mut calmer = digits(1000.0);
    calmer.train.lr = 0.001;
    desk.update(&calmer);
    assert!(desk.session.need());
    desk.say(ToWorker::Pause(RUN));
    desk.session.advance(5.0);
    desk.listen();
    assert!(!heard(&desk, "Updated"));
    desk.unread = desk.heard.len();
    complete(&mut desk, true);
    let order: Vec<_> = desk.heard[desk.unread..].iter().map(name).filter(|n| n == "Updated" || n == "State").collect();
    assert_eq!(order, ["Updated", "State"]);
}

#[test]
fn a_start_that_needs_the_rest_waits_for_it_and_for_its_data() {
    let mut points = bare();
    start(&mut points, &xor(1.0));
    assert!(points.session.need());
    assert_eq!((points.session.claim(), points.session.advance(5.0)), (None, Next::Idle), "it has no file");
    complete(&mut points, true);
    points.until(is_finished);

    let mut images = digits(1.0);
    images.model = vec![Pick::new("conv2d").with("filters", 2.0), Pick::new("relu")];
    for file_first in [true, false] {
        let mut desk = bare();
        start(&mut desk, &images);
        assert!(desk.session.need(), "both are on their way at once");
        if file_first {
            supply(&mut desk);
            assert!(!heard(&desk, "Started"));
            complete(&mut desk, true);
        } else {
            complete(&mut desk, true);
            assert!(!heard(&desk, "Started"));
            supply(&mut desk);
        }
        desk.until(is_finished);
    }

    // Only the rest can read a text: its file is not asked for before.
    let mut text = bare();
    let mut sonnets = Experiment { data: Pick::new("sonnets").with("window", 4.0), ..Experiment::default() };
    sonnets.model = vec![Pick::new("embedding").with("size", 2.0)];
    sonnets.train.batch = 4096;
    sonnets.train.epochs = 1.0;
    start(&mut text, &sonnets);
    assert_eq!((text.session.need(), text.session.claim()), (true, None));
    complete(&mut text, true);
    assert_eq!(text.session.claim().as_deref(), Some("sonnets"));
    text.session.supply("sonnets", Ok(&fs::read("public/data/sonnets.txt").unwrap()));
    text.listen();
    text.until(is_finished);

    let mut on_gpu = bare();
    on_gpu.say(ToWorker::Engine(Wanted::Gpu));
    start(&mut on_gpu, &digits(1.0));
    supply(&mut on_gpu);
    assert!(on_gpu.session.need() && !heard(&on_gpu, "Started"), "it has the GPU");
}

#[test]
fn damaged_data_wait_for_the_rest_and_have_no_score_on_record() {
    let mut desk = bare();
    let mut experiment = digits(1.0);
    (experiment.damage.imbalance, experiment.damage.labels) = (10.0, 0.2);
    start(&mut desk, &experiment);
    assert!(desk.session.need());
    supply(&mut desk);
    assert!(!heard(&desk, "Started"));
    complete(&mut desk, true);
    let started = desk.until(|m| matches!(m, FromWorker::Started { .. }));
    let FromWorker::Started { data, .. } = started else { unreachable!() };
    assert!(data.train < 800, "{} of 1437 are left", data.train);
    assert!(data.baselines.iter().all(|b| b.model != "Logistic regression"), "{:?}", data.baselines);
    desk.until(is_finished);
    // A change of it is another run's; where it cannot be done that is said at its field.
    experiment.data = Pick::new("plane");
    experiment.loss = Pick::new("mse");
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment), resume: None, play: true });
    let failed = desk.until(|m| matches!(m, FromWorker::Failed { .. }));
    let FromWorker::Failed { error: RunError::Spec(error), .. } = failed else { unreachable!() };
    assert_eq!(error.field(), "imbalance");
}

#[test]
fn where_the_rest_does_not_come_the_run_goes_on_and_it_can_be_asked_for_again() {
    let incomplete = |m: &FromWorker| matches!(m, FromWorker::Failed { run: Some(RUN), error: RunError::Incomplete });
    let mut desk = bare();
    start(&mut desk, &digits(1000.0));
    supply(&mut desk);
    desk.until(has_points);
    desk.say(ToWorker::Complete);
    assert!(desk.session.need());
    complete(&mut desk, false);
    desk.until(incomplete);
    for _ in 0..3 {
        desk.until(has_points);
        assert!(!desk.session.need(), "not by itself");
    }
    // Pausing takes nothing of it.
    desk.say(ToWorker::Pause(RUN));
    assert!(desk.heard.iter().any(|m| matches!(m, FromWorker::State { playing: false, .. })));
    let mut calmer = digits(1000.0);
    calmer.train.lr = 0.001;
    desk.update(&calmer);
    desk.say(ToWorker::Measure(RUN));
    assert!(desk.session.need());
    complete(&mut desk, false);
    assert_eq!(desk.heard.iter().filter(|m| incomplete(m)).count(), 2);
    desk.say(ToWorker::Complete);
    assert!(desk.session.need());
    complete(&mut desk, true);
    desk.until(|m| matches!(m, FromWorker::Compared { .. }));
    assert!(heard(&desk, "Updated"), "settings are not forgotten");
    assert!(!heard(&desk, "Measured"), "that was refused");

    let mut waiting = bare();
    start(&mut waiting, &xor(1.0));
    assert!(waiting.session.need());
    complete(&mut waiting, false);
    waiting.until(incomplete);
    start(&mut waiting, &xor(1.0));
    assert!(waiting.session.need());
    complete(&mut waiting, true);
    waiting.until(is_finished);
}

#[test]
fn a_learner_waits_for_the_rest_and_is_refused_where_that_does_not_come() {
    let experiment = Experiment { data: Pick::new("digits"), learner: Pick::new("naive-bayes"), ..Experiment::default() };
    let mut desk = bare();
    start(&mut desk, &experiment);
    supply(&mut desk);
    assert!(desk.session.need() && !heard(&desk, "Started"));
    complete(&mut desk, true);
    desk.until(is_finished);

    let mut desk = bare();
    start(&mut desk, &experiment);
    supply(&mut desk);
    assert!(desk.session.need());
    complete(&mut desk, false);
    assert!(matches!(desk.failures()[..], [FromWorker::Failed { error: RunError::Incomplete, .. }]));
}
