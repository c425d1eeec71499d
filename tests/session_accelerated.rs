//! Training elsewhere: whatever can be done to a run on the CPU can be done to one on an accelerator, and its numbers are never those of another step.

mod accelerator_support;
mod session_support;

use std::collections::BTreeSet;

use accelerator_support::{Counting, STEP};
use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    engine::catalog::Pick,
    experiment::{Experiment, Link},
    protocol::{Backend, EngineReport, Form, FromWorker, Reason, ToWorker, Topic, Wanted, Why},
    session::{Next, Session, Status},
};

/// Some seconds of training.
fn long() -> Experiment {
    let mut experiment = xor(1000.0);
    experiment.train.batch = 4;
    experiment
}

/// A page with `accelerator`, which it wants to be used.
fn desk(accelerator: &Counting) -> Desk {
    let mut desk = Desk::new();
    let start = std::time::Instant::now();
    desk.session = Session::new(Box::new(move || start.elapsed().as_secs_f64() * 1000.0)).with(Box::new(accelerator.clone()));
    desk.say(ToWorker::Engine(Wanted::Gpu));
    desk
}

fn started(accelerator: &Counting, experiment: &Experiment, play: bool) -> Desk {
    let mut desk = desk(accelerator);
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume: None, play });
    desk
}

/// Lets it work so many times.
fn work(desk: &mut Desk, times: usize) {
    for _ in 0..times {
        if desk.session.advance(2.0) != Next::Now {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        desk.listen();
    }
}

/// Lets it work until `done`: how many turns that takes depends on how busy the machine is.
fn work_until(desk: &mut Desk, done: impl Fn() -> bool) {
    let begin = std::time::Instant::now();
    while !done() {
        assert!(begin.elapsed().as_secs() < 30, "it never comes");
        work(desk, 1);
    }
}

/// Lets it work until nothing is left to do.
fn rest(desk: &mut Desk) {
    while desk.session.advance(5.0) != Next::Idle {
        desk.listen();
    }
    desk.listen();
}

/// Step and tensors of the weights as they are: asked for, and waited for.
fn weights(desk: &mut Desk) -> (u64, Vec<f64>) {
    desk.say(ToWorker::Export { run: RUN, form: Form::Json });
    let from = desk.heard.iter().position(|m| matches!(m, FromWorker::File { .. })).unwrap_or(desk.heard.len());
    desk.unread = desk.unread.min(from);
    let FromWorker::File { bytes, .. } = desk.until(|m| matches!(m, FromWorker::File { .. })).clone() else { unreachable!() };
    desk.heard.retain(|m| !matches!(m, FromWorker::File { .. }));
    desk.unread = desk.heard.len();
    let file: serde_json::Value = serde_json::from_slice(&bytes.0).expect("JSON");
    let numbers = file["tensors"].as_array().expect("tensors").iter().flat_map(|t| t["values"].as_array().expect("values").clone());
    (file["step"].as_u64().expect("a step"), numbers.map(|n| n.as_f64().expect("a number")).collect())
}

/// Fails unless the weights are `first` after their step's many steps.
fn belong(now: &(u64, Vec<f64>), first: &[f64]) {
    for (n, f) in now.1.iter().zip(first) {
        let wanted = f + now.0 as f64 * f64::from(STEP);
        assert!((n - wanted).abs() < 1e-5, "step {}: {n} instead of {wanted}", now.0);
    }
}

fn reports(desk: &Desk) -> Vec<(u64, EngineReport)> {
    let report = |m: &FromWorker| if let FromWorker::Engine { step, report, .. } = m { Some((*step, report.clone())) } else { None };
    desk.heard.iter().filter_map(report).collect()
}

#[test]
fn a_run_ends_as_it_does_on_the_cpu() {
    let accelerator = Counting::new();
    let mut desk = started(&accelerator, &xor(40.0), true);
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    assert_eq!((summary.reason, summary.steps, summary.epochs), (Reason::Finished, 400, 40.0));
    assert_eq!(summary.engine, "WebGPU (a counter)");
    let inside = accelerator.0.borrow();
    assert_eq!(inside.steps, 400, "no step twice, none left out");
    assert!(inside.slices.iter().any(|steps| *steps > 4), "many steps a slice: {:?}", inside.slices);
    assert_eq!(inside.plans.len(), 1);
    let points = desk.points();
    assert_eq!(points.iter().filter(|p| p.test_loss.is_some()).count(), 7, "as often as on the CPU: every sixth epoch and the last");
    assert!(points.iter().all(|p| p.train_loss == 0.5 && p.train_score == 1.0));
    let said = reports(&desk);
    assert!(said.iter().all(|(_, r)| r.wanted == Wanted::Gpu && r.why == Why::Asked && r.backend == Backend::Gpu), "{said:?}");
}

#[test]
fn steps_are_counted_to_the_step() {
    let accelerator = Counting::new();
    let mut desk = started(&accelerator, &xor(100.0), false);
    let (step, first) = weights(&mut desk);
    assert_eq!(step, 0);
    for (steps, now) in [(1, 1), (33, 34), (2, 36)] {
        desk.step(steps);
        let weights = weights(&mut desk);
        assert_eq!(weights.0, now);
        belong(&weights, &first);
    }
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Epoch(RUN));
    desk.until(|m| matches!(m, FromWorker::State { playing: false, .. }));
    assert_eq!(weights(&mut desk).0, 40, "the end of an epoch of 10 steps");
}

#[test]
fn whatever_is_said_while_it_trains_sees_the_weights_of_its_step() {
    let accelerator = Counting::new();
    let mut desk = started(&accelerator, &long(), false);
    let (_, first) = weights(&mut desk);
    desk.say(ToWorker::Resume(RUN));
    let mut last = 0;
    let mut round = 0;
    while round < 20 || last <= 100 {
        work(&mut desk, round);
        let now = weights(&mut desk);
        belong(&now, &first);
        assert!(now.0 >= last);
        last = now.0;
        round += 1;
    }
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Pause(RUN));
    desk.until(|m| matches!(m, FromWorker::State { playing: false, .. }));
    rest(&mut desk);
    let paused = weights(&mut desk);
    belong(&paused, &first);
    let View { step, link } = view(&desk);
    assert_eq!(step, paused.0, "the drawing is of the step where it stands");
    let wanted = first[0] + step as f64 * f64::from(STEP);
    assert!((f64::from(link) - wanted).abs() < 1e-5, "and shows its weights: {link} instead of {wanted}");
    // A second page goes on from the checkpoint.
    let state = desk.checkpoint();
    let mut second = self::desk(&Counting::new());
    second.say(ToWorker::Start { run: RUN, experiment: Box::new(long()), resume: state, play: false });
    assert_eq!(weights(&mut second), paused);
}

struct View {
    step: u64,
    link: f32,
}

/// The last drawing's step and first link.
fn view(desk: &Desk) -> View {
    let view = |m: &FromWorker| match m {
        FromWorker::View { step, network, .. } => Some(View { step: *step, link: network.columns[1].links.to_vec()[0] }),
        _ => None,
    };
    desk.heard.iter().rev().find_map(view).expect("a drawing")
}

#[test]
fn live_settings_reach_the_steps_that_follow() {
    let accelerator = Counting::new();
    let mut experiment = Experiment { optimizer: Pick::new("sgd"), ..long() };
    let mut desk = started(&accelerator, &experiment, true);
    desk.until(|m| matches!(m, FromWorker::Progress { step: 20.., .. }));
    let lr = |accelerator: &Counting| accelerator.0.borrow().rules.last().map(|r| r[0]);
    assert_eq!(lr(&accelerator), Some(0.02));

    (experiment.train.lr, experiment.train.l2) = (0.005, 0.01);
    desk.update(&experiment);
    desk.until(|m| matches!(m, FromWorker::Updated { .. }));
    let before = accelerator.0.borrow().rules.len();
    work_until(&mut desk, || accelerator.0.borrow().rules.len() > before);
    assert!(accelerator.0.borrow().rules[before..].iter().all(|r| r[0] == 0.005), "from the next step on");
    assert_eq!(accelerator.0.borrow().penalties.last(), Some(&[0.0, 0.01, 0.0]));
    assert_eq!(accelerator.0.borrow().plans.len(), 1, "the kernels are the same");

    experiment.optimizer = Pick::new("adam");
    desk.update(&experiment);
    experiment.train.max_norm = 2.0;
    desk.update(&experiment);
    work_until(&mut desk, || accelerator.0.borrow().plans.last().is_some_and(|plan| plan.max_norm));
    let plan = accelerator.0.borrow().plans.last().cloned().expect("a plan");
    assert_eq!((plan.optimizer.key.as_str(), plan.max_norm), ("adam", true));
    assert!(desk.failures().is_empty());
}

#[test]
fn masks_and_weights_set_by_hand_reach_the_accelerator() {
    let accelerator = Counting::new();
    let mut experiment = long();
    let mut desk = started(&accelerator, &experiment, true);
    work_until(&mut desk, || accelerator.0.borrow().steps > 0);
    experiment.hand.set(Link { layer: 0, from: 1, to: 2 }, false, false);
    desk.update(&experiment);
    desk.until(|m| matches!(m, FromWorker::Updated { .. }));
    // The comparison that follows takes its time.
    desk.until(|m| matches!(m, FromWorker::Compared { experiment, .. } if !experiment.hand.is_empty()));
    // Row 1 of 8 columns: held, and a weight.
    work_until(&mut desk, || accelerator.0.borrow().traits[10] == 2);
    assert_eq!(accelerator.0.borrow().traits[11], 3);

    desk.say(ToWorker::SetWeight { run: RUN, link: Link { layer: 0, from: 0, to: 0 }, value: 50.0 });
    work(&mut desk, 10);
    let (_, now) = weights(&mut desk);
    assert!((50.0..60.0).contains(&now[0]), "training goes on from it: {}", now[0]);
}

#[test]
fn scrubbing_back_goes_on_from_there() {
    let accelerator = Counting::new();
    let mut desk = started(&accelerator, &long(), false);
    let (_, first) = weights(&mut desk);
    desk.say(ToWorker::Resume(RUN));
    desk.until(|m| matches!(m, FromWorker::Progress { step: 300.., .. }));
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Scrub { run: RUN, step: 0 });
    desk.until(|m| matches!(m, FromWorker::State { playing: false, .. }));
    assert_eq!(weights(&mut desk), (0, first.clone()));
    desk.step(5);
    belong(&weights(&mut desk), &first);
}

#[test]
fn a_slider_is_compared_while_it_trains_on() {
    let accelerator = Counting::new();
    let mut experiment = long();
    let mut desk = started(&accelerator, &experiment, true);
    desk.until(|m| matches!(m, FromWorker::Compared { .. }));
    for bits in [2, 4, 1] {
        experiment.compress.bits = bits;
        desk.update(&experiment);
        let asked = desk.until(|m| matches!(m, FromWorker::Compared { experiment, .. } if experiment.compress.bits == bits)).clone();
        let FromWorker::Compared { step, .. } = asked else { unreachable!() };
        desk.until(|m| matches!(m, FromWorker::Progress { step: now, .. } if *now > step));
    }
}

#[test]
fn a_pace_holds() {
    let accelerator = Counting::new();
    let mut desk = desk(&accelerator);
    desk.say(ToWorker::Pace(Some(10.0)));
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(long()), resume: None, play: true });
    let start = std::time::Instant::now();
    desk.until(|m| matches!(m, FromWorker::Progress { epoch, .. } if *epoch >= 5.0));
    let took = start.elapsed().as_secs_f64();
    assert!(took > 0.35, "five epochs at ten a second: {took} s");
}

#[test]
fn a_loss_beyond_all_numbers_brings_the_last_good_weights_back() {
    let accelerator = Counting::new();
    accelerator.0.borrow_mut().diverges_after = Some(150);
    let mut desk = started(&accelerator, &long(), false);
    let (_, first) = weights(&mut desk);
    desk.say(ToWorker::Resume(RUN));
    let FromWorker::Health { health, .. } = desk.until(|m| matches!(m, FromWorker::Health { .. })).clone() else { unreachable!() };
    assert_eq!(health.topic, Topic::Diverged);
    assert!(health.message.contains("step 151"), "{}", health.message);
    let now = weights(&mut desk);
    assert!(now.0 <= 150);
    belong(&now, &first);
}

#[test]
fn a_lost_one_leaves_the_run_to_the_cpu_from_the_last_numbers_at_hand() {
    let accelerator = Counting::new();
    let mut desk = started(&accelerator, &xor(600.0), true);
    desk.until(|m| matches!(m, FromWorker::Progress { step: 100.., .. }));
    accelerator.0.borrow_mut().lost = true;
    desk.until(is_finished);
    let said = reports(&desk);
    let (step, report) = said.last().expect("it says so");
    assert_eq!((report.backend, &report.why), (Backend::Cpu, &Why::Lost("it was taken away".into())));
    assert!((60..6000).contains(step), "not from the beginning: {step}");
    let FromWorker::Finished { summary, .. } = desk.heard.iter().find(|m| is_finished(m)).expect("the end").clone() else { unreachable!() };
    assert_eq!((summary.steps, summary.reason), (6000, Reason::Finished));
    assert!(summary.engine.ends_with(" and WebGPU (a counter)"), "{}", summary.engine);
    let steps: Vec<_> = desk.points().iter().map(|p| p.step).collect();
    assert!(steps.is_sorted_by(|a, b| a < b), "the curve is that of one run");
    assert!(desk.failures().is_empty());
}

#[test]
fn messages_that_wait_are_heard_when_it_is_lost() {
    let accelerator = Counting::new();
    let mut desk = started(&accelerator, &long(), true);
    work_until(&mut desk, || accelerator.0.borrow().steps > 0);
    accelerator.0.borrow_mut().delay = std::time::Duration::from_secs(3600);
    let there = accelerator.0.borrow().steps;
    work_until(&mut desk, || accelerator.0.borrow().steps > there);
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Pause(RUN));
    accelerator.0.borrow_mut().lost = true;
    desk.until(|m| matches!(m, FromWorker::State { playing: false, .. }));
}

#[test]
fn one_that_refuses_leaves_the_run_to_the_cpu() {
    let accelerator = Counting::new();
    accelerator.0.borrow_mut().refuses = true;
    let mut desk = started(&accelerator, &xor(20.0), true);
    desk.until(is_finished);
    let (_, report) = reports(&desk).pop().expect("it says so");
    assert_eq!((report.backend, report.why), (Backend::Cpu, Why::Refused("it is too large".into())));
    assert_eq!(accelerator.0.borrow().steps, 0);
}

#[test]
fn pruning_by_movement_trains_here_whatever_is_wanted() {
    let accelerator = Counting::new();
    let mut experiment = xor(400.0);
    (experiment.compress.during, experiment.compress.sparsity) = (1, 0.5);
    let magnitude = experiment.clone();
    experiment.compress.criterion = Pick::new("movement");
    let mut desk = started(&accelerator, &experiment, true);
    // Slowly, so that it is still under way when the criterion changes.
    desk.say(ToWorker::Pace(Some(200.0)));
    desk.until(|m| matches!(m, FromWorker::Progress { step: 50.., .. }));
    let (_, report) = reports(&desk).pop().expect("it says so");
    assert!(report.backend == Backend::Cpu && matches!(&report.why, Why::Refused(why) if why.contains("movement")), "{report:?}");
    assert_eq!(accelerator.0.borrow().steps, 0);
    desk.update(&magnitude);
    desk.until(|m| matches!(m, FromWorker::Engine { report: EngineReport { backend: Backend::Gpu, .. }, .. }));
    desk.say(ToWorker::Pace(None));
    desk.until(is_finished);
    assert!(desk.failures().is_empty() && accelerator.0.borrow().steps > 0);
}

#[test]
fn gradual_pruning_reaches_the_accelerator_at_every_look() {
    let mut experiment = xor(6.0);
    (experiment.compress.during, experiment.compress.sparsity) = (2, 0.75);
    (experiment.compress.prune_from, experiment.compress.prune_to) = (1, 3);
    let accelerator = Counting::new();
    let mut desk = started(&accelerator, &experiment, true);
    desk.until(is_finished);
    // The first numbers, and those under the mask of each look that removed more of the 8 · 2 + 2 · 8 weights.
    let schedule = experiment.compress.schedule(6.0);
    let removed: BTreeSet<u32> = (0..=8).map(|look| (32.0 * schedule.sparsity(1.0 + 0.25 * f64::from(look))).round() as u32).collect();
    assert_eq!(accelerator.0.borrow().loads, removed.len());
    assert!(desk.failures().is_empty());
}

/// As where a larger batch no longer fits its memory.
#[test]
fn one_that_refuses_while_a_run_is_there_leaves_it_to_the_cpu_at_its_step() {
    let accelerator = Counting::new();
    let mut desk = started(&accelerator, &xor(600.0), true);
    desk.until(|m| matches!(m, FromWorker::Progress { step: 100.., .. }));
    accelerator.0.borrow_mut().refuses = true;
    let mut larger = xor(600.0);
    larger.train.batch = 40;
    desk.update(&larger);
    desk.until(is_finished);
    let (step, report) = reports(&desk).pop().expect("it says so");
    assert_eq!((report.backend, report.why), (Backend::Cpu, Why::Refused("it is too large".into())));
    assert!(step >= 100, "not from the beginning: {step}");
    assert_eq!(accelerator.0.borrow().plans.len(), 1);
    assert!(desk.failures().is_empty());
}

#[test]
fn the_user_moves_a_run_back_and_forth() {
    let accelerator = Counting::new();
    let mut desk = started(&accelerator, &long(), true);
    desk.until(|m| matches!(m, FromWorker::Progress { step: 50.., .. }));
    desk.say(ToWorker::Engine(Wanted::Cpu));
    desk.until(|m| matches!(m, FromWorker::Engine { report: EngineReport { backend: Backend::Cpu, why: Why::Asked, .. }, .. }));
    // First the steps under way there come home.
    work_until(&mut desk, || accelerator.0.borrow().left > 0);
    let there = accelerator.0.borrow().steps;
    work(&mut desk, 20);
    assert_eq!(accelerator.0.borrow().steps, there, "all on the CPU");
    desk.say(ToWorker::Engine(Wanted::Gpu));
    desk.until(|m| matches!(m, FromWorker::Engine { report: EngineReport { backend: Backend::Gpu, .. }, .. }));
    work_until(&mut desk, || accelerator.0.borrow().steps > there);
    assert_eq!(accelerator.0.borrow().loads, 2, "with the CPU's weights");
}

#[test]
fn by_itself_it_goes_where_it_is_faster_and_never_to_a_program_that_plays_a_gpu() {
    // Steps of some milliseconds on the CPU.
    let mut experiment = long();
    experiment.model = vec![Pick::new("dense").with("units", 256.0), Pick::new("relu"), Pick::new("dense").with("units", 256.0)];
    let accelerator = Counting::new();
    let mut desk = started(&accelerator, &experiment, true);
    desk.say(ToWorker::Engine(Wanted::Auto));
    desk.until(|m| matches!(m, FromWorker::Engine { report: EngineReport { backend: Backend::Gpu, why: Why::Estimated { .. }, .. }, .. }));
    let (_, first) = &reports(&desk)[0];
    assert_eq!((first.backend, &first.why), (Backend::Cpu, &Why::Measuring));

    let software = Counting::new();
    software.0.borrow_mut().status = Some(Status::Software("a program".into()));
    let mut desk = started(&software, &experiment, false);
    desk.say(ToWorker::Engine(Wanted::Auto));
    desk.say(ToWorker::Resume(RUN));
    desk.until(|m| matches!(m, FromWorker::Engine { report: EngineReport { why: Why::Software(_), .. }, .. }));
    work(&mut desk, 50);
    assert_eq!(software.0.borrow().steps, 0);
}

#[test]
fn a_new_run_forgets_what_the_last_one_asked_for() {
    let accelerator = Counting::new();
    let mut desk = started(&accelerator, &long(), true);
    work_until(&mut desk, || accelerator.0.borrow().steps > 0);
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(xor(30.0)), resume: None, play: true });
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    assert_eq!(summary.steps, 300);
    assert_eq!(accelerator.0.borrow().plans.len(), 2);
}
