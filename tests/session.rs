//! The session as the page drives it: messages in, events out, on the native engine.

mod session_support;

use std::time::Instant;

use session_support::{Desk, RUN, is_finished, name, xor};
use whittle::{
    engine::catalog::Pick,
    experiment::Experiment,
    protocol::{Form, FromWorker, Late, Reason, RunError, RunId, Runs, ToWorker, Topic},
    session::Next,
};

#[test]
fn the_worker_speaks_first_and_a_run_ends_with_a_summary() {
    let mut desk = Desk::start(&xor(40.0));
    assert!(matches!(desk.heard[0], FromWorker::Ready { .. }));
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    assert_eq!((summary.reason, summary.steps, summary.epochs), (Reason::Finished, 400, 40.0));
    assert!(summary.baseline.score > 0.95, "accuracy {}", summary.baseline.score);
    assert_eq!(summary.baseline.samples, 200);
    assert_eq!(summary.baseline.confusion.iter().sum::<u32>(), 200);
    let last = desk.heard.iter().filter_map(|m| if let FromWorker::Progress { points, .. } = m { points.last() } else { None }).next_back();
    let end = last.and_then(|p| p.optimized_score);
    assert_eq!(end, Some(summary.optimized.score), "the curve ends where the card does");
    desk.until(|m| matches!(m, FromWorker::View { .. }));
    for wanted in ["Started", "Progress", "Compared", "View", "State"] {
        assert!(desk.heard.iter().any(|m| name(m) == wanted), "{wanted} was not heard");
    }
}

#[test]
fn the_same_experiment_gives_the_same_curves() {
    let curve = |slice: f64| {
        let mut desk = Desk::start(&xor(30.0));
        // Other slices, other moments of comparison: the numbers must not depend on them.
        desk.session.advance(slice);
        desk.until(is_finished);
        desk.points()
    };
    let first = curve(1.0);
    assert!(first.len() >= 10);
    assert_eq!(first, curve(40.0));
}

#[test]
fn pause_and_resume_change_nothing() {
    let mut straight = Desk::start(&xor(20.0));
    straight.until(is_finished);
    let mut stopped = Desk::start(&xor(20.0));
    for _ in 0..3 {
        stopped.say(ToWorker::Step { run: RUN, steps: 33 });
        stopped.until(|m| matches!(m, FromWorker::State { playing: false, .. }));
        stopped.say(ToWorker::Resume(RUN));
    }
    stopped.until(is_finished);
    let tests = |d: &Desk| d.points().iter().filter_map(|p| Some((p.step, p.test_loss?))).collect::<Vec<_>>();
    assert_eq!(tests(&straight), tests(&stopped));
}

#[test]
fn a_checkpoint_goes_on_to_the_bit() {
    let mut whole = Desk::start(&xor(20.0));
    whole.until(is_finished);
    let mut first = Desk::start(&xor(20.0));
    first.say(ToWorker::Step { run: RUN, steps: 77 });
    let FromWorker::Checkpoint { state, step, .. } = first.until(|m| matches!(m, FromWorker::Checkpoint { .. })).clone() else {
        unreachable!()
    };
    assert_eq!(step, 77);
    let mut second = Desk::new();
    second.say(ToWorker::Start { run: RUN, experiment: Box::new(xor(20.0)), resume: Some(state), play: true });
    second.until(is_finished);
    let end = |d: &Desk| d.points().last().and_then(|p| p.test_loss);
    assert_eq!(end(&whole), end(&second));
    assert!(second.points().iter().any(|p| p.step < 77), "the curves come back too");
}

#[test]
fn a_broken_checkpoint_is_an_error_in_words() {
    let mut desk = Desk::new();
    let resume = Some(whittle::protocol::Bytes(vec![1, 2, 3]));
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(xor(1.0)), resume, play: true });
    assert!(matches!(desk.heard.last(), Some(FromWorker::Failed { error: RunError::File(_), .. })));
}

#[test]
fn steps_and_epochs_pause_where_they_should() {
    let mut desk = Desk::start(&xor(20.0));
    desk.say(ToWorker::Pause(RUN));
    desk.say(ToWorker::Epoch(RUN));
    desk.until(|m| matches!(m, FromWorker::State { playing: false, reason: Some(Reason::StepDone), .. }));
    assert_eq!(desk.points().last().map(|p| p.step), Some(10));
    desk.say(ToWorker::Step { run: RUN, steps: 3 });
    desk.until(|m| matches!(m, FromWorker::State { playing: false, reason: Some(Reason::StepDone), .. }));
    assert_eq!(desk.points().last().map(|p| p.step), Some(13));
}

#[test]
fn divergence_is_caught_and_the_last_good_weights_are_kept() {
    let mut experiment = xor(50.0);
    experiment.optimizer = Pick::new("sgd");
    experiment.loss = Pick::new("mse");
    experiment.train.lr = 10.0;
    let mut desk = Desk::start(&experiment);
    let FromWorker::Health { health, .. } =
        desk.until(|m| matches!(m, FromWorker::Health { health, .. } if health.topic == Topic::Diverged)).clone()
    else {
        unreachable!()
    };
    assert!(health.advice.contains("learning rate"), "{}", health.advice);
    desk.until(|m| matches!(m, FromWorker::Compared { baseline, step, .. } if baseline.loss.is_finite() && *step == health.step));
}

#[test]
fn early_stopping_restores_the_best_weights() {
    let mut experiment = xor(400.0);
    experiment.data = Pick::new("xor").with("n", 60.0).with("noise", 0.5);
    experiment.train.patience = 40;
    experiment.train.validation = 0.3;
    let mut desk = Desk::start(&experiment);
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    assert_eq!(summary.reason, Reason::EarlyStop);
    // The best by validation; the summary says what the test samples make of it.
    let points = desk.points();
    let best =
        points.iter().filter(|p| p.validation_loss.is_some()).min_by(|a, b| a.validation_loss.partial_cmp(&b.validation_loss).unwrap());
    let best = best.expect("a point with validation");
    let loss = best.test_loss.expect("the same exam took both");
    assert!((summary.baseline.loss - loss).abs() < 1e-5, "{} against {loss}", summary.baseline.loss);
    assert!(
        points
            .iter()
            .all(|p| p.validation_loss.is_some() == p.test_loss.is_some() && p.validation_loss.is_some() == p.validation_score.is_some())
    );
}

#[test]
fn early_stopping_holds_out_a_tenth_where_nothing_is_said() {
    let mut experiment = xor(3.0);
    experiment.train.patience = 5;
    let mut desk = Desk::start(&experiment);
    let FromWorker::Started { data, .. } = desk.until(|m| matches!(m, FromWorker::Started { .. })).clone() else { unreachable!() };
    assert_eq!((data.train, data.validation, data.test), (180, 20, 200));
}

#[test]
fn validation_samples_are_counted_and_change_no_run_without_them() {
    let mut experiment = xor(3.0);
    let mut plain = Desk::start(&experiment);
    plain.until(is_finished);
    experiment.train.validation = 0.25;
    let mut desk = Desk::start(&experiment);
    let FromWorker::Started { data, .. } = desk.until(|m| matches!(m, FromWorker::Started { .. })).clone() else { unreachable!() };
    assert_eq!(data.validation, (data.train + data.validation) / 4);
    assert_eq!(data.points.to_vec().chunks(4).filter(|p| p[3] == 2.0).count(), data.validation);
    desk.until(is_finished);
    let (plain, held) = (plain.points(), desk.points());
    assert!(plain.iter().all(|p| p.validation_loss.is_none()) && held.iter().any(|p| p.validation_loss.is_some()));
}

#[test]
fn a_slider_moves_the_comparison_and_training_goes_on() {
    let mut experiment = xor(100.0);
    let mut desk = Desk::start(&experiment);
    desk.until(|m| matches!(m, FromWorker::Compared { .. }));
    experiment.compress.sparsity = 0.9;
    desk.say(ToWorker::Update { run: RUN, experiment: Box::new(experiment) });
    desk.until(|m| matches!(m, FromWorker::Updated { .. }));
    let FromWorker::Compared { report, .. } = desk.until(|m| matches!(m, FromWorker::Compared { .. })).clone() else { unreachable!() };
    assert!((report.sparsity - 0.9).abs() < 0.05, "{}", report.sparsity);
    desk.until(is_finished);
}

#[test]
fn pruning_while_training_holds_the_weights() {
    let mut experiment = xor(30.0);
    experiment.compress.sparsity = 0.5;
    experiment.compress.during = 1;
    let mut desk = Desk::start(&experiment);
    desk.until(is_finished);
    desk.until(|m| matches!(m, FromWorker::View { .. }));
    let view = desk.heard.iter().rev().find_map(|m| if let FromWorker::View { network, .. } = m { Some(network) } else { None }).unwrap();
    let (links, kept): (Vec<f32>, Vec<u8>) =
        view.columns[1..].iter().flat_map(|c| c.links.to_vec().into_iter().zip(c.kept.clone())).unzip();
    assert_eq!(kept.iter().filter(|k| **k == 0).count(), links.len() / 2);
    assert!(links.iter().zip(&kept).all(|(w, k)| *k == 1 || *w == 0.0), "a pruned weight of the training model is zero");
}

#[test]
fn time_can_be_scrubbed() {
    let mut desk = Desk::start(&xor(20.0));
    desk.until(is_finished);
    desk.say(ToWorker::Scrub { run: RUN, step: 50 });
    desk.unread = desk.heard.len();
    let FromWorker::Compared { step, .. } = desk.until(|m| matches!(m, FromWorker::Compared { .. })).clone() else { unreachable!() };
    assert!(step.abs_diff(50) <= 5, "{step}");
    desk.say(ToWorker::Resume(RUN));
    desk.until(is_finished);
}

#[test]
fn predictions_cells_and_measurements_are_answered() {
    let mut desk = Desk::start(&xor(40.0));
    desk.until(is_finished);
    desk.say(ToWorker::Predict { run: RUN, ask: 5, input: (&[3.0, 3.0][..]).into() });
    let Some(FromWorker::Prediction { ask: 5, baseline, .. }) = desk.heard.last() else { panic!("no answer") };
    assert!(baseline[1] > 0.9 && (baseline.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{baseline:?}");
    desk.say(ToWorker::Cell { run: RUN, actual: 1, predicted: 1, optimized: false });
    let Some(FromWorker::Samples { total, samples, .. }) = desk.heard.last() else { panic!("no samples") };
    assert!(*total > 50 && samples.len() == 24 && samples.iter().all(|s| s.actual == 1.0));
    // Without being asked, once nothing else is at work.
    let FromWorker::Late(Late::Timed { experiment, latency, .. }) =
        desk.until(|m| matches!(m, FromWorker::Late(Late::Timed { .. }))).clone()
    else {
        unreachable!()
    };
    let of = desk.heard.iter().rev().find_map(|m| if let FromWorker::Compared { experiment, .. } = m { Some(experiment) } else { None });
    assert_eq!(Some(&experiment), of);
    for timing in [&latency.baseline[..], &latency.optimized[..]] {
        assert!(matches!(timing, [one] if one.batch == 1 && one.p50 > 0.0 && one.calls >= 5), "{timing:?}");
    }
    desk.say(ToWorker::Measure(RUN));
    let FromWorker::Measured { latency, .. } = desk.until(|m| matches!(m, FromWorker::Measured { .. })).clone() else { unreachable!() };
    assert_eq!(latency.baseline.iter().map(|t| t.batch).collect::<Vec<_>>(), [1, 64]);
    assert_eq!(latency.layers.len(), 3);
    // 8-bit weights without a zero among them: floats run as the baseline does, and what is deflated as what is packed.
    let runs = |form| latency.forms.iter().find(|f| f.form == form).map(|f| f.runs);
    assert_eq!(runs(Form::Masked), Some(Runs::Like(Form::Dense)));
    assert_eq!(runs(Form::Deflate), Some(Runs::Like(Form::Packed)));
    for form in [Form::Packed, Form::Sparse] {
        assert!(
            matches!(runs(form), Some(Runs::Timed { baseline, own }) if baseline.p50 > 0.0 && own.p50 > 0.0),
            "{form:?}: {:?}",
            runs(form)
        );
    }
    desk.say(ToWorker::Predict { run: RUN, ask: 6, input: (&[3.0][..]).into() });
    assert!(matches!(desk.heard.last(), Some(FromWorker::Failed { .. })), "an input of another length is refused");
}

#[test]
fn a_missing_file_is_an_error_and_the_session_lives() {
    let mut desk = Desk::start(&Experiment::default());
    assert_eq!(desk.session.claim().as_deref(), Some("mnist10k"));
    assert_eq!(desk.session.claim(), None, "asked for once");
    desk.session.supply("mnist10k", Err("the server answered 404".into()));
    desk.listen();
    assert!(matches!(desk.heard.last(), Some(FromWorker::Failed { error: RunError::Data { .. }, .. })));
    desk.say(ToWorker::Start { run: RunId(2), experiment: Box::new(xor(1.0)), resume: None, play: true });
    desk.until(is_finished);
}

#[test]
fn messages_of_a_run_that_is_gone_are_answered_as_such() {
    let mut desk = Desk::start(&xor(5.0));
    desk.say(ToWorker::Cancel(RUN));
    desk.say(ToWorker::Pause(RUN));
    assert!(matches!(desk.heard.last(), Some(FromWorker::Failed { error: RunError::NoRun(1), .. })));
}

#[test]
fn a_model_too_large_is_refused_with_its_size() {
    let mut experiment = xor(5.0);
    experiment.model = (0..20).map(|_| Pick::new("dense").with("units", 4096.0)).collect();
    let desk = Desk::start(&experiment);
    let Some(FromWorker::Failed { error: RunError::Spec(error), .. }) = desk.heard.last() else { panic!("not refused") };
    assert_eq!(error.field(), "model");
    // 2·4096 + 4096, then 19 times 4096² + 4096, then 4096·2 + 2: the whole model, not the layer at which it passed the limit.
    assert_eq!(error.to_string(), "model: 318,865,410 parameters, more than the 8,000,000 allowed here");
}

#[test]
fn pace_slows_training_down() {
    let start = Instant::now();
    let mut desk = Desk::new();
    desk.say(ToWorker::Pace(Some(10.0)));
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(xor(1000.0)), resume: None, play: true });
    let mut rests = 0;
    for _ in 0..100 {
        rests += usize::from(matches!(desk.session.advance(5.0), Next::In(_)));
        desk.listen();
    }
    assert!(rests > 10, "training rests while it is ahead of its pace");
    let most = 10.0 * start.elapsed().as_secs_f64() + 1.0;
    let epoch =
        desk.heard.iter().filter_map(|m| if let FromWorker::Progress { epoch, .. } = m { Some(*epoch) } else { None }).fold(0.0, f64::max);
    assert!(epoch <= most, "a run keeps the pace from its first step on: epoch {epoch} of at most {most}");
}
